import { describe, expect, test } from "vitest";
import { heard, modelServer, online, only, pass, server, states } from "./devices.ts";

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
