import { describe, expect, test } from "vitest";
import type { Deed, Happening } from "./history/happening.ts";
import { arrange } from "./history/history.ts";
import { neighbours } from "./invariants/neighbours.ts";

interface Told {
  /** ms until ✓ of bob's messages in calm, and while alice's stream has no leader. */
  readonly calm?: number;
  readonly beside?: number;
  /** The one who writes meanwhile, and the fault. */
  readonly user?: string;
  readonly kind?: string;
  readonly target?: string;
  readonly streams?: string[];
  readonly count?: number;
}

const at = (ms: number, deed: Deed): Happening => ({ at: ms, ...deed });

/** Messages of one user, one behind the other, each with its ✓ behind it. */
const written = (user: string, from: number, count: number, ms: number): Happening[] =>
  Array.from({ length: count }, (_, i) => {
    const text = `${user} ${from} ${i}`;
    const device = `${user}-phone`;
    const socket = `${device}/1`;
    return [
      at(from + i * 50, { what: "writes", device, user, to: "carol", text, n: i }),
      at(from + i * 50 + ms, { what: "acked", socket, text, id: `${user}:${i}`, seq: i }),
    ];
  }).flat();

/** alice lies in stream 1, bob in stream 2; a broker dies at 100 s, and stream 1 has no leader until 110 s. */
function breaches({
  calm = 100,
  beside = 200,
  user = "bob",
  kind = "kill",
  target = "nats-1",
  streams = ["MAILBOX_1"],
  count = 40,
}: Told): string[] {
  const homes = { alice: 1, bob: 2 };
  const stored = Object.entries(homes).map(([owner, k]) =>
    at(0, {
      what: "stored",
      stream: `MAILBOX_${k}`,
      seq: 1,
      position: 1,
      owner,
      kind: "session",
      wall: 0,
      event: { type: "SessionOpened" },
    }),
  );
  const lines = [
    ...stored,
    ...written("bob", 1_000, 100, calm),
    at(100_000, { what: "fault", n: 1, kind, target, phase: "begins" }),
    at(100_001, { what: "fault", n: 1, kind, target, phase: "ends" }),
    at(100_500, { what: "leaderless", streams }),
    ...written(user, 104_000, count, beside),
    at(110_000, { what: "leaderless", streams: [] }),
    at(200_000, { what: "healed" }),
  ];
  return neighbours.breaches(arrange(lines.toSorted((a, b) => a.at - b.at)));
}

describe("while a stream has no leader, the checker", () => {
  test.each<[string, Told]>([
    ["wait no longer than in calm", {}],
    ["wait three times as long", { calm: 500, beside: 1_500 }],
    ["are of that stream themselves", { user: "alice", beside: 5_000 }],
    ["have lost their own gateway", { target: "gateway-1", beside: 5_000 }],
    ["are behind a broker that is silent", { kind: "pause", beside: 5_000 }],
    ["are too few to tell", { count: 5, beside: 5_000 }],
  ])("is content with people who %s", (_, told) => expect(breaches(told)).toEqual([]));

  test.each<[string, Told]>([
    ["wait for it, though another stream holds their mailboxes", { beside: 5_000 }],
    ["wait more than three times as long as in calm", { calm: 500, beside: 1_600 }],
    ["wait behind a wiped disk", { kind: "wipe", beside: 5_000 }],
  ])("flags it if people %s", (_, told) => {
    expect(breaches(told)).toContainEqual(expect.stringContaining("MAILBOX_1 had no leader"));
  });
});
