import { describe, expect, test, vi } from "vitest";
import { BrowserDisk } from "./browser.ts";
import { bodies, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

const DAY_MS = 86_400_000;

describe("[C5] a device whose clock is a day ahead", () => {
  const ahead = { now: () => Date.now() + DAY_MS };

  test("talks as any other: order, ticks, resume and the life of its token are of no clock", async () => {
    server.tokenMs = 600_000;
    const alice = await online("alice", ahead);
    const bob = await online("bob");
    for (const n of [1, 2, 3]) {
      alice.send("bob", `a${n}`);
      bob.send("alice", `b${n}`);
      await pass(100);
    }
    server.cut("alice");
    bob.send("alice", "b4");
    await pass(2_000);
    bob.markRead("alice");
    await pass(10_000);
    expect(bodies(alice, "bob")).toEqual(["a1", "b1", "a2", "b2", "a3", "b3", "b4"]);
    const own = alice.messages("bob").items.filter(({ mine }) => mine);
    expect(own.map(({ status }) => status)).toEqual(["read", "read", "read"]);
    expect(heard("refresh")).toEqual([]);
  });

  test("knows its keys and its outbox while it is set right, and when it is", async () => {
    const disk = new BrowserDisk();
    let wrong = DAY_MS;
    const options = () => ({ storage: disk.open(), now: () => Date.now() + wrong });
    const alice = await online("alice", options());
    const first = alice.send("bob", "order 7", { key: "order-7" });
    await pass(100);
    server.down = true;
    server.cut("alice");
    alice.send("bob", "written ahead");
    await pass(100);
    wrong = 0;
    alice.send("bob", "written behind it");
    await alice.close();
    server.down = false;
    const again = await online("alice", options());
    await pass(60_000);
    expect(again.send("bob", "order 7", { key: "order-7" }).cid).toBe(first.cid);
    expect(bodies(again, "bob")).toEqual(["order 7", "written ahead", "written behind it"]);
    await pass(1_000);
    expect(heard("send").map(({ body }) => body)).toEqual(bodies(again, "bob"));
  });

  test("that is set while a token is good asks for no other because of it", async () => {
    server.tokenMs = 600_000;
    const alice = await online("alice");
    vi.setSystemTime(Date.now() + DAY_MS);
    await pass(60_000);
    expect([heard("refresh"), alice.connection.state]).toEqual([[], "online"]);
  });
});
