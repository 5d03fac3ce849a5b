import { expect, test } from "vitest";
import type { Meter } from "../../src/gateway/ports.ts";
import { unwatched } from "../../src/host/meter.ts";
import { silent } from "../support/silent.ts";
import { house, settled } from "./world.ts";

/** A gateway whose meter notes what it is told. */
function metered() {
  const noted: unknown[][] = [];
  const meter: Meter = {
    send: (...said) => void noted.push(["send", ...said]),
    refused: (code) => void noted.push(["refused", code]),
    session: (...said) => void noted.push(["session", ...said]),
  };
  return { noted, ...house({ sendsBurst: 2 }, silent, { ...unwatched, ...meter }) };
}

test("a gateway tells its meter of each send: how long it took, or that it was refused", async () => {
  const { noted, live, world, clock } = metered();
  const { say } = await live("alice");
  const letGo = world.hold();
  noted.length = 0;
  say({ t: "send", cid: "a.1", to: "bob", body: "x" });
  clock.now += 7;
  letGo();
  await settled(() => noted.length > 0);
  expect(noted.splice(0)).toEqual([["send", true, 7]]);
  say(
    { t: "send", cid: "a.2", to: "bob", body: "x" },
    { t: "send", cid: "a.3", to: "bob", body: "x" },
  );
  await settled(() => noted.length > 2);
  expect(noted).toEqual([
    ["send", false, 0],
    ["refused", "rate_limited"],
    ["send", true, 0],
  ]);
});

test("a gateway tells its meter of each refusal by its code, and of each milestone of a session", async () => {
  const { noted, live, dial } = metered();
  const { say, connection } = await live("alice");
  say({ t: "send", cid: "a.1", to: "alice", body: "x" }, { t: "nonsense" });
  connection.gone(1001);
  dial().say({ t: "hello", token: "bad", deviceId: "d" });
  await settled(() => noted.length > 5);
  expect(noted).toEqual([
    ["session", "opened", undefined],
    ["refused", "id.self"],
    ["refused", "op.unknown"],
    ["session", "closed", "left"],
    ["session", "refused", "auth.invalid_token"],
    ["refused", "auth.invalid_token"],
  ]);
});
