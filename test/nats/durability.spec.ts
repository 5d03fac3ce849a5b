import { pino } from "pino";
import { expect, test } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { Durabilities } from "../../src/nats/durability.ts";

test("[D5] a monitoring address that does not answer is named in the log without its password", async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const info = async () => ({ config: { num_replicas: 1 } });
  const jsm = { streams: { info } } as unknown as ConstructorParameters<
    typeof Durabilities
  >[0]["jsm"];
  const monitors = ["http://posthorn:hunter2@127.0.0.1:1"];
  const link = { nc: {} } as unknown as Link;
  const at = new Durabilities({ link, jsm, partitions: 1, monitors, log });
  await at.start();
  at.stop();
  expect(lines.join("")).toContain('"silent":["http://***@127.0.0.1:1"]');
  expect(lines.join("")).not.toContain("hunter2");
});
