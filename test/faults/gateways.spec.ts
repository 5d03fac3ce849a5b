import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { sessionSubject } from "../../src/nats/subjects.ts";
import { device } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { server, until } from "./support.ts";

const PAUSE_MS = 14_000;

test("[O11] when nats-server stands still for 14 s, no socket is closed, and all go on", async () => {
  const app = await server();
  const all = await Promise.all(Array.from({ length: 40 }, (_, i) => device(app, `user-${i}`)));
  const closed = vi.fn<(code: number) => void>();
  for (const each of all) void each.closed.then(closed);
  process.kill(app.broker.pid, "SIGSTOP");
  const since = performance.now();
  await until(() => performance.now() - since > PAUSE_MS);
  process.kill(app.broker.pid, "SIGCONT");
  // Two declarations would fit into this.
  const again = performance.now();
  await until(() => performance.now() - again > PAUSE_MS);
  for (const [i, each] of all.entries())
    each.say({ t: "send", cid: "a.1", to: `user-${(i + 1) % all.length}`, body: "still here" });
  for (const [i, each] of all.entries()) {
    const author = `user-${(i + all.length - 1) % all.length}`;
    await each.until(({ t, event }) => t === "event" && event.author === author);
  }
  expect(closed).not.toHaveBeenCalled();
  await Promise.all(all.map((each) => each.close()));
});

test("a session whose end is stated untruly comes back within five seconds, and misses nothing", async () => {
  const app = await server();
  const [alice, bob] = await Promise.all([device(app, "alice"), device(app, "bob")]);
  const { sessionId } = await bob.until(({ t }) => t === "welcome");
  const link = await connect({ url: app.broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const untrue = { type: "SessionClosed", sessionId, reason: "gateway-lost", elsewhere: true };
  await link.nc.request(sessionSubject("bob"), JSON.stringify(untrue), PATIENCE);
  const took = stopwatch();
  for (const n of [1, 2, 3]) alice.say({ t: "send", cid: `a.${n}`, to: "bob", body: `${n}` });
  expect(await bob.closed).toBe(4410);
  expect(took()).toBeLessThan(5_000);
  const { epoch } = await bob.until(({ t }) => t === "welcome");
  const last = bob.frames.findLast(({ t }) => t === "event" || t === "caughtUp");
  const back = await device(app, "bob", { epoch, seq: last?.["seq"] });
  for (const body of ["1", "2", "3"])
    await Promise.any([bob, back].map((each) => each.until(({ event }) => event?.body === body)));
  await Promise.all([alice.close(), back.close()]);
});
