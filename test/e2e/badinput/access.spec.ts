import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { REJECTIONS } from "../../../src/protocol/codes.ts";
import { device, dial, type Device } from "../../support/device.ts";
import { answer, siege } from "../../support/siege.ts";

const MANY = {
  SENDS_PER_SECOND: "500",
  DEVICE_HELLOS_BURST: "500",
  USER_HELLOS_BURST: "500",
  FRAMES_PER_SECOND: "2000",
};
const { attack, app } = siege(MANY);
let mallory: Device;
let alice: Device;
let bob: Device;
let secret: string;
beforeAll(async () => {
  [mallory, alice, bob] = await Promise.all([
    device(app(), "mallory"),
    device(app(), "alice"),
    device(app(), "bob"),
  ]);
  const told = bob.until(({ event }) => event?.author === "alice");
  secret = (await answer(alice, { t: "send", cid: "a.1", to: "bob", body: "between us" }))["id"];
  await told;
});
afterAll(() => Promise.all([mallory, alice, bob].map((each) => each?.close())));

/** Texts that can be no id, and so never a subject. */
const NO_IDS = [
  "*",
  ">",
  "a.b",
  ".a",
  "a.",
  "a..b",
  "a b",
  " a",
  "é",
  "a\u0000",
  "a\r\n",
  "",
  "x".repeat(65),
  "x".repeat(5_000),
  "$SYS",
  "$JS.API.STREAM.DELETE.MAILBOX_0",
  "_INBOX.x",
  "g-group",
  "../alice",
  "alice:1",
  "аlice",
];

describe("what is no id", () => {
  const uses: Record<string, (id: string) => object> = {
    to: (to) => ({ t: "send", cid: "m.1", to, body: "x" }),
    "delivered.peer": (peer) => ({ t: "delivered", peer, upTo: 1 }),
    "read.peer": (peer) => ({ t: "read", peer, upTo: 1 }),
    "typing.peer": (peer) => ({ t: "typing", peer }),
    users: (id) => ({ t: "watch", users: ["ann", id] }),
    "unwatch.users": (id) => ({ t: "unwatch", users: [id] }),
    "history.peer": (peer) => ({ t: "history", peer }),
    id: (id) => ({ t: "status", id: `${id}:` }),
  };
  for (const [use, frame] of Object.entries(uses))
    attack(`is refused as ${use}`, async () => {
      for (const id of NO_IDS) {
        const refused = await answer(mallory, frame(id));
        expect([id, refused["code"]]).toEqual([id, "id.invalid"]);
        expect(refused["message"]).toBe(`${refused["field"]}: ${REJECTIONS["id.invalid"].rule}`);
        await answer(mallory, { t: "ping" });
      }
    });

  attack(
    "is refused as deviceId, as a mailbox to resume, and as a name to be given",
    async (at) => {
      const token = await at.token("mallory");
      for (const id of NO_IDS.filter((each) => each !== "g-group")) {
        for (const more of [
          { deviceId: id },
          { deviceId: "d", since: [{ mailbox: id, epoch: "", seq: 0 }] },
        ]) {
          const stranger = await dial(at);
          expect(await answer(stranger, { t: "hello", token, ...more })).toMatchObject({
            code: "id.invalid",
          });
          expect(await stranger.closed).toBe(4501);
        }
        const response = await fetch(`${at.url}/v1/token`, {
          method: "POST",
          body: JSON.stringify({ user: id }),
        });
        expect([id, response.status]).toEqual([id, 400]);
        expect(await response.json()).toMatchObject({ code: "id.invalid", field: "user" });
      }
    },
  );
});

describe("what belongs to others", () => {
  attack("answers the same as what does not exist", async () => {
    const said = async (id: string): Promise<object> => {
      const { ref: _, ...rest } = await answer(mallory, { t: "status", id });
      return rest;
    };
    expect(await said(secret)).toEqual(await said("alice:999999"));
    expect(await said(secret)).toEqual(await said("nobody:1"));
    expect(await said(secret)).toMatchObject({ code: "not_found", retryable: false });
    expect(await answer(bob, { t: "status", id: secret })).toMatchObject({ t: "reply" });
  });

  attack("is in no page of one's own", async () => {
    for (const peer of ["alice", "bob"]) {
      const { result } = await answer(mallory, { t: "history", peer });
      expect(result).toEqual({ messages: [], more: false });
    }
    expect(await answer(mallory, { t: "chats" })).toMatchObject({ result: { chats: [] } });
    expect(mallory.frames.filter(({ event }) => event?.type === "MessageSent")).toEqual([]);
  });

  attack("cannot be resumed", async (at) => {
    const token = await at.token("mallory");
    const { epoch } = alice.frames.find(({ t }) => t === "welcome")!;
    const thief = await dial(at);
    const since = [
      { mailbox: "mallory", epoch, seq: 0 },
      { mailbox: "alice", epoch, seq: 0 },
    ];
    expect(await answer(thief, { t: "hello", token, deviceId: "d", since })).toMatchObject({
      code: "not_found",
      field: "since.1.mailbox",
    });
    expect(await thief.closed).toBe(4501);
    expect(thief.frames.map(({ t }) => t)).toEqual(["error"]);
  });

  attack("is not ticked by a stranger's receipt, nor beyond what was received", async () => {
    mallory.say({ t: "read", peer: "alice", upTo: Number.MAX_SAFE_INTEGER });
    mallory.say({ t: "delivered", peer: "bob", upTo: Number.MAX_SAFE_INTEGER });
    await answer(mallory, { t: "send", cid: "m.20", to: "alice", body: "after the receipt" });
    await alice.until(({ event }) => event?.body === "after the receipt");
    expect(alice.frames.filter(({ event }) => /Delivered|Read/.test(event?.type))).toEqual([]);
    bob.say({ t: "read", peer: "alice", upTo: Number.MAX_SAFE_INTEGER });
    const tick = await alice.until(({ event }) => event?.author === "bob");
    expect(tick["event"].upTo).toBe(Number(secret.split(":")[1]));
    bob.say({ t: "read", peer: "alice", upTo: 0 });
    await answer(bob, { t: "send", cid: "b.1", to: "alice", body: "after the second" });
    await alice.until(({ event }) => event?.body === "after the second");
    expect(alice.frames.filter(({ event }) => /Delivered|Read/.test(event?.type))).toHaveLength(1);
  });
});

describe("a cursor", () => {
  attack("of another epoch, or from the future, is answered with resync", async (at) => {
    const { epoch } = mallory.frames.find(({ t }) => t === "welcome")!;
    for (const [since, reason] of [
      [{ epoch: "another", seq: 1 }, "epoch"],
      [{ epoch: "*", seq: 1 }, "epoch"],
      [{ epoch, seq: Number.MAX_SAFE_INTEGER }, "rolled-back"],
    ] as const) {
      const back = await device(at, "mallory", since);
      expect(await back.until(({ t }) => t === "resync")).toMatchObject({ reason });
      await back.close();
    }
  });

  attack("is one per hello, and hello comes once", async (at) => {
    const token = await at.token("mallory");
    const eager = await dial(at);
    // In one segment: the second must not find the first one's session open.
    const { _socket: tcp } = eager.ws as unknown as { _socket: Socket };
    tcp.cork();
    eager.say({ t: "hello", token, deviceId: "d" });
    eager.say({ t: "hello", token, deviceId: "d" });
    tcp.uncork();
    expect(await eager.until(({ t }) => t === "error")).toMatchObject({ code: "op.out_of_order" });
    expect(await eager.closed).toBe(4501);
  });
});

attack(
  "a number below the window is refused, a late one is stored, and a repeat is stored once",
  async () => {
    const cid = (n: number): object => ({ t: "send", cid: `rise.${n}`, to: "bob", body: `n ${n}` });
    const first = await answer(mallory, cid(5));
    expect(await answer(mallory, cid(5))).toMatchObject({ t: "sent", id: first["id"] });
    await answer(mallory, cid(36));
    expect(await answer(mallory, cid(4))).toMatchObject({ code: "cid.not_rising", cid: "rise.4" });
    expect(await answer(mallory, cid(6))).toMatchObject({ t: "sent", cid: "rise.6" });
    await bob.until(({ event }) => event?.body === "n 6");
    const heard = bob.frames.filter(({ event }) => event?.cid?.startsWith("rise."));
    expect(heard.map(({ event }) => event.body)).toEqual(["n 5", "n 36", "n 6"]);
  },
);
