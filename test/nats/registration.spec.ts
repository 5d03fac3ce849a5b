import { errors, headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { Registration } from "../../src/nats/kv/registration.ts";
import { silent } from "../support/silent.ts";

const FULL = '{"error":{"code":503,"err_code":10047,"description":"insufficient resources"}}';

test("a gateway whose registration is not stored at the start, ends it with a sentence", async () => {
  const request = async () => ({ string: () => FULL });
  const link = { nc: { request }, connected: () => false } as unknown as Link;
  await expect(new Registration(link, silent).start()).rejects.toThrow(
    "the broker stores nothing, is its disk full?",
  );
});

test("a gateway whose first word was stored, and not answered by a broker that stood still, starts behind that word", async () => {
  const refused = '{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 7"}}';
  const own = headers();
  own.set("Nats-Sequence", "7");
  const silence = new errors.TimeoutError();
  const answers = [
    silence,
    silence,
    { string: () => refused },
    { headers: own, string: () => "alive" },
    { string: () => '{"seq":8}' },
  ];
  const request = async () => {
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const nc = { request };
  const link = { nc, connected: () => true, onReconnect: () => () => {} } as unknown as Link;
  const registration = new Registration(link, silent, "gw-own");
  await registration.start();
  expect(registration.id).toBe("gw-own");
  expect(answers).toEqual([]);
  await registration.stop();
});
