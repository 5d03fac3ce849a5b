import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { silent } from "../projections/support.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "setImmediate", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("what is patient waits for a tenth of a second, though the broker answers nobody", async () => {
  const gone: string[] = [];
  const nc = {
    subscribe: () => undefined,
    publish: (_subject: string, payload: Buffer) => void gone.push(String(payload)),
  };
  const link = { nc, onReconnect: () => () => undefined, connected: () => true };
  const publisher = new Publisher(link as unknown as Link, silent);
  const put = (text: string, patient: boolean): void =>
    publisher.put({
      subject: "fact.0.alice",
      patient,
      payload: () => text,
      stored: () => undefined,
      failed: () => undefined,
    });
  for (let n = 0; n < 64; n++) put(`${n}`, false);
  await Promise.resolve();
  put("patient", true);
  put("64", false);
  await vi.advanceTimersByTimeAsync(99);
  expect(gone).toHaveLength(65);
  expect(gone).not.toContain("patient");
  await vi.advanceTimersByTimeAsync(251);
  expect(gone).toContain("patient");
});
