import type { StreamInfo } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { assertFit } from "../../src/nats/split/fitness.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";

/** A replica of a stream, as the broker describes it. */
interface Replica {
  readonly current?: boolean;
  readonly offline?: boolean;
  readonly lag?: number;
}

/** A stream that one server leads, with another replica. */
const streams = (name: string, { current = true, ...more }: Replica, leader = "a") =>
  new Map([
    [
      name,
      {
        config: { name },
        cluster: { name: "c", leader, replicas: [{ name: "b", current, active: 1, ...more }] },
      } as unknown as StreamInfo,
    ],
  ]);

describe("a split of a replicated stream", () => {
  const name = mailboxStream(3);

  test("begins where each replica has everything", () =>
    expect(() => assertFit(streams(name, {}))).not.toThrow());

  test.each<Replica>([{ current: false }, { offline: true }, { lag: 1 }])(
    "[L13] is refused while a replica is behind: %j",
    (replica) =>
      expect(() => assertFit(streams(name, replica))).toThrow(
        "MAILBOX_3 has a replica that is behind, on b: wait for it",
      ),
  );

  test("[L13] is refused while nobody leads it", () =>
    expect(() => assertFit(streams(name, {}, ""))).toThrow(
      "MAILBOX_3 has no leader: wait until it has",
    ));

  test("does not wait for a stream that it leaves alone", () =>
    expect(() => assertFit(streams("ACTIVITY", { current: false }))).not.toThrow());
});
