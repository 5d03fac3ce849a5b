import { randomOf } from "../support/random.ts";
import { partitionOf } from "./machines.ts";
import { PEOPLE, type Fault, type Plan } from "./plan.ts";

/** Somebody whom all others write to. */
const ABSENT = "alice";
const STREAM = `MAILBOX_${partitionOf(ABSENT)}`;

/**
 * Somebody is without a network while others write, and comes back while two of three replicas have not come so far. Nobody says
 * anything behind that, so no later entry shows what is missing.
 */
export function lateReplicas(seed: number): Plan {
  const random = randomOf(seed);
  const first = Math.floor(random() * 3);
  const faults: Fault[] = [
    { at: 3_000, forMs: 2_000, does: "device", user: ABSENT },
    ...[first, (first + 1) % 3].map((server): Fault => ({
      at: 3_200,
      forMs: 6_000,
      does: "lag",
      stream: STREAM,
      server,
    })),
  ];
  const authors = PEOPLE.flatMap(([user]) => (user === ABSENT ? [] : user));
  const sends = Array.from({ length: 30 }, (_, i) => ({
    at: 1_500 + i * 100,
    user: authors[i % authors.length] ?? "",
    device: 0,
    to: ABSENT,
  }));
  return { seed, hosts: 2, gateways: 2, windowMs: 3_000, faults, sends, deeds: [] };
}
