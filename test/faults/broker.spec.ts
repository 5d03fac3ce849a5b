import { expect, test } from "vitest";
import { device } from "../support/device.ts";
import { Company, expectViewsAreAReplay, server, until } from "./support.ts";

test("[S2] when nats-server is killed under traffic, sends wait and nothing is lost or doubled", async () => {
  const app = await server();
  const { pid } = app;
  const company = new Company(app, "alice", "bob", "carol");
  for (const goal of [100, 500]) {
    company.chat(150);
    await until(() => company.acked > goal);
    await app.broker.kill();
    company.chat(20);
    await app.broker.restart();
  }
  await company.settled();
  expect(company.acked).toBe(3 * 340);
  company.expectPromisesKept();
  expect(app.pid).toBe(pid);
  process.kill(pid, 0);
  await expectViewsAreAReplay(app);
});

test("people who come while nats-server is dying are served when it is back", async () => {
  const app = await server();
  const { pid } = app;
  const company = new Company(app, ...Array.from({ length: 60 }, (_, i) => `newcomer-${i}`));
  company.chat(3);
  for (const goal of [1, 60]) {
    await until(() => company.acked >= goal);
    await app.broker.kill();
    await app.broker.restart();
  }
  await company.settled();
  company.expectPromisesKept();
  expect(app.pid).toBe(pid);
  process.kill(pid, 0);
});

test("[S1] a send while nats-server is away is answered when it is back, and not before", async () => {
  const app = await server();
  const alice = await device(app, "alice");
  await app.broker.kill();
  await until(async () => (await fetch(`${app.url}/readyz`)).status === 503);
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "patience" });
  alice.say({ t: "ping", ref: "after" });
  await alice.until(({ ref }) => ref === "after");
  expect(alice.frames.filter(({ t }) => t === "sent" || t === "error")).toEqual([]);
  await app.broker.restart();
  const { id } = await alice.until(({ t }) => t === "sent");
  expect(id).toMatch(/^alice:/);
  await alice.until(({ event }) => event?.cid === "a.1");
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  await alice.close();
});

test("a server that is told to stop while nats-server is away, ends all the same", async () => {
  const app = await server();
  const alice = await device(app, "alice");
  await app.broker.kill();
  await until(() => app.log().includes("broker connection lost"));
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "never acknowledged" });
  expect(await app.terminate()).toBe(0);
  expect(await alice.closed).toBe(4400);
});
