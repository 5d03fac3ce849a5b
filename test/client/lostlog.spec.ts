import { describe, expect, test } from "vitest";
import { bodies, heard, modelServer, online, only, pass, server, states } from "./devices.ts";

modelServer();

const FAR = 60_000;

describe("a client whose server has lost its log", () => {
  test("[C10] waits for no answer of a server that has lost its log, and repeats on the next socket at once", async () => {
    const alice = await online("alice");
    server.lagMs = FAR;
    const { cid } = alice.send("bob", "into the void");
    await pass(10);
    server.tellOf("alice", "goaway");
    await pass(100);
    expect(server.of("alice")).toHaveLength(1);
    expect(heard("send").filter((frame) => frame.cid === cid)).toMatchObject([
      { cid },
      { cid, auto: true },
    ]);
    expect(alice.connection.state).toBe("online");
  });

  test("[C10] stays while no other server takes it, and for good when its own has the log again", async () => {
    const alice = await online("alice", { random: () => 0.99 });
    const seen = states(alice);
    const own = only("alice");
    server.down = true;
    server.tellOf("alice", "goaway");
    await pass(8_000);
    let dials = 0;
    server.onDialled = () => void dials++;
    server.tellOf("alice", "stay");
    server.down = false;
    await pass(60_000);
    expect(dials).toBe(0);
    expect(only("alice")).toBe(own);
    // Also one that is being opened just then.
    server.tellOf("alice", "goaway");
    server.tellOf("alice", "stay");
    await pass(FAR);
    expect(only("alice")).toBe(own);
    // Another outage is another reason.
    server.tellOf("alice", "goaway");
    await pass(1_000);
    expect(only("alice")).not.toBe(own);
    expect(new Set(seen)).toEqual(new Set());
  });
});

describe("a log that came back shorter, which nobody has noticed yet", () => {
  test("[S3] stores a send below what its client has read, and has it once: it goes out under one number", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    for (const body of ["one", "two", "three"]) alice.send("bob", body);
    await pass(100);
    const four = () => alice.messages("bob").items.filter(({ body }) => body === "four");
    server.log.lose(8);
    alice.send("bob", "four");
    await pass(2_000);
    expect(four()).toMatchObject([{ status: "sent" }]);
    server.rollBack(0);
    await pass(10_000);
    expect(heard("send").map(({ cid }) => cid.split(".")[1])).toEqual(["1", "2", "3", "4"]);
    expect(bodies(bob, "alice").filter((body) => body === "four")).toEqual(["four"]);
    expect(four()).toMatchObject([{ status: "delivered" }]);
  });
});
