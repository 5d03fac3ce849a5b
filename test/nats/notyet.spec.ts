import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { meaningOf, NotYetError } from "../../src/nats/notyet.ts";

const of = (cluster: string | undefined) => ({ info: { cluster } }) as unknown as NatsConnection;
const taken = Object.assign(new Error("stream name already in use"), { code: 10_058 });

test("a stream that the servers of a cluster make for an earlier try, whose answer was lost, is waited for", () => {
  expect(meaningOf(taken, of("east"), 3)).toBeInstanceOf(NotYetError);
  expect(meaningOf(taken, of(undefined), 1), "one server has it, or has it not").toBe(taken);
});
