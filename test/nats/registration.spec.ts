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
