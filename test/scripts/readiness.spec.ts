import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { allReady } from "../../scripts/cluster/readiness.mjs";

/** A process that is ready once `begun` is called, and says until then what it lacks. */
async function part(name: string) {
  let ready = false;
  const server = createServer((_, response) => {
    response.writeHead(ready ? 200 : 503);
    response.end(JSON.stringify({ ready, broker: ready, store: true, degraded: [] }));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const begun = (): void => void (ready = true);
  return { member: { name }, health: `http://127.0.0.1:${port}/readyz`, begun };
}

/** A minute passes from look to look. */
function minutes(): () => number {
  let minute = 0;
  return () => 60_000 * minute++;
}

const { signal } = new AbortController();

test("a start waits for as many processes as it has, as long as one after the other is ready, and says for whom", async () => {
  const parts = await Promise.all(["a", "b", "c"].map(part));
  const due = [...parts];
  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
    if (said.length % 2 === 1) due.shift()?.begun();
  };
  await allReady(parts, { ca: undefined, signal, say, now: minutes() });
  expect(said).toEqual([
    "  after 60 s not ready yet: a (without broker), b (without broker), c (without broker)",
    "  after 120 s not ready yet: b (without broker), c (without broker)",
    "  after 180 s not ready yet: b (without broker), c (without broker)",
    "  after 240 s not ready yet: c (without broker)",
    "  after 300 s not ready yet: c (without broker)",
  ]);
});

test("a start ends when for two minutes nobody else has become ready, and names those who have not", async () => {
  const [one, two] = [await part("one"), await part("two")];
  one.begun();
  const gone = { member: { name: "gone" }, health: "http://127.0.0.1:1/readyz" };
  const started = allReady([one, two, gone], {
    ca: undefined,
    signal,
    say: () => undefined,
    now: minutes(),
  });
  await expect(started).rejects.toThrow(
    "nobody else has become ready for 120 s, not ready: two (without broker), gone (no answer); see their logs",
  );
});
