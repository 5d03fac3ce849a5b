import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { startBroker, type Broker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { program } from "../support/program.ts";
import { freePort } from "../../scripts/dev/port.mjs";

/** A way to a broker whose process is stopped as soon as a client says one of these words, each once. */
async function pausing(broker: Broker, words: readonly string[]) {
  const left = new Set(words);
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(new URL(broker.url).port), host: "127.0.0.1" });
    near.on("data", (said) => {
      const word = [...left].find((each) => said.includes(each));
      if (word === undefined) return;
      left.delete(word);
      process.kill(broker.pid, "SIGSTOP");
    });
    near.pipe(far).pipe(near);
    for (const end of [near, far]) end.on("error", () => end.destroy());
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    onTestFinished(() => void near.destroy());
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get pauses() {
      return words.length - left.size;
    },
  };
}

const LINE = '"msg":"waiting for the broker"';

test("a start on a lone server that stands still, whatever was asked last, waits and says so, and is ready when the server goes on", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const words = ["STREAM.INFO.MAILBOX_0", '"type":"OwnerClaimed"'];
  const way = await pausing(broker, words);
  const own = program({
    NATS_URL: way.url,
    NATS_MONITOR_URL: broker.monitorUrl,
    PORT: `${await freePort()}`,
    DATA_DIR: folder(),
    AUTH: "dev",
  });
  onTestFinished(async () => void (await own.ended("SIGKILL")));
  const ready = own.start();
  for (const [i] of words.entries()) {
    const said = own.log().split(LINE).length;
    await Promise.race([ready, vi.waitFor(() => expect(way.pauses).toBe(i + 1), 30_000)]);
    await Promise.race([
      ready,
      vi.waitFor(() => expect(own.log().split(LINE).length).toBeGreaterThan(said), 30_000),
    ]);
    process.kill(broker.pid, "SIGCONT");
  }
  await ready;
  expect(way.pauses).toBe(words.length);
  expect(await own.ended("SIGTERM")).toBe(0);
}, 90_000);
