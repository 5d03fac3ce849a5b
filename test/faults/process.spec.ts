import { describe, expect, test } from "vitest";
import { device } from "../support/device.ts";
import { Company, expectViewsAreAReplay, server, until } from "./support.ts";

test("[O4][S2] killed with -9 twice under traffic, Posthorn loses, doubles and reorders nothing", async () => {
  const app = await server();
  const company = new Company(app, "alice", "bob", "carol");
  for (const goal of [100, 500]) {
    company.chat(150);
    await until(() => company.acked > goal);
    await app.kill();
    await app.restart();
  }
  company.chat(20);
  await company.settled();
  expect(company.acked).toBe(3 * 320);
  company.expectPromisesKept();
  await expectViewsAreAReplay(app);
});

describe("a server that is told to stop", () => {
  test("[O3] sends its clients elsewhere, ends well, and goes on with everything it had", async () => {
    const app = await server();
    const alice = await device(app, "alice");
    const bob = await device(app, "bob");
    alice.say({ t: "send", cid: "a.1", to: "bob", body: "before" });
    const told = await bob.until(({ event }) => event?.body === "before");
    expect(await app.terminate()).toBe(0);
    expect(await Promise.all([alice.closed, bob.closed])).toEqual([4400, 4400]);
    await app.restart();
    const epoch = bob.frames.find(({ t }) => t === "welcome")?.["epoch"];
    const again = await device(app, "bob", { epoch, seq: told["seq"] });
    const since = again.frames.filter(({ t }) => t === "event").map(({ event }) => event.type);
    expect(since).toEqual(["SessionClosed", "SessionOpened"]);
    again.say({ t: "history", ref: 1, peer: "alice", atLeast: told["seq"] });
    const { result } = await again.until(({ ref }) => ref === 1);
    expect(result.messages).toMatchObject([{ body: "before", author: "alice" }]);
    await again.close();
  });

  test("under traffic, loses, doubles and reorders nothing", async () => {
    const app = await server();
    const company = new Company(app, "alice", "bob");
    company.chat(300);
    await until(() => company.acked > 100);
    expect(await app.terminate()).toBe(0);
    await app.restart();
    await company.settled();
    company.expectPromisesKept();
    await expectViewsAreAReplay(app);
  });
});

test.each([
  ["an error", "throw"],
  ["a rejection", "Promise.reject"],
])(
  "[O4] %s that nobody catches ends the server in order, and says where it came from",
  async (_, how) => {
    const bug = `${how}(new Error("a bug of a library"))`;
    const preload = encodeURIComponent(`process.on("SIGUSR2", () => { ${bug}; });`);
    const app = await server({ NODE_OPTIONS: `--import data:text/javascript,${preload}` });
    const [alice, bob] = [await device(app, "alice"), await device(app, "bob")];
    process.kill(app.pid, "SIGUSR2");
    expect(await Promise.all([alice.closed, bob.closed])).toEqual([4400, 4400]);
    expect(await app.ended()).toBe(1);
    expect(app.log()).toMatch(/Error: a bug of a library\n\s+at /);
    await app.restart();
    await device(app, "bob");
  },
);

test("what one device sends and reads comes to the user's other devices", async () => {
  const app = await server();
  const [phone, laptop, bob] = await Promise.all([
    device(app, "alice"),
    device(app, "alice"),
    device(app, "bob"),
  ]);
  phone.say({ t: "send", cid: "a.1", to: "bob", body: "from the phone" });
  for (const each of [phone, laptop])
    await each.until(({ event }) => event?.cid === "a.1" && event.author === "alice");

  bob.say({ t: "send", cid: "b.1", to: "alice", body: "to both" });
  const told = await laptop.until(({ event }) => event?.body === "to both");
  await phone.until(({ event }) => event?.body === "to both");
  laptop.say({ t: "read", peer: "bob", upTo: told["event"].position });
  const mark = await phone.until(
    ({ event }) => event?.type === "MessageRead" && event.author === "alice",
  );
  expect(mark["event"]).toMatchObject({ peer: "bob", upTo: told["event"].position });
  await bob.until(({ event }) => event?.author === "alice" && event.type === "MessageRead");

  const events = (frames: typeof phone.frames) =>
    frames.filter(({ t, seq }) => t === "event" && seq > told["seq"] - 3 && seq <= mark["seq"]);
  expect(events(phone.frames)).toEqual(events(laptop.frames));
  await Promise.all([phone, laptop, bob].map((each) => each.close()));
});
