import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame, Talker } from "./talker.ts";

/** A server that is spoken to by hand. */
export interface Spoken {
  dial(user: string): Promise<Talker>;
  token(user: string): Promise<string>;
  stop(): Promise<void>;
}

let asked = 0;

/** The contract of the protocol, as a client can see it: what keeps it may stand in the server's place. */
export function protocolContract(name: string, start: () => Promise<Spoken>): void {
  let server: Spoken;
  let people = 0;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server?.stop());

  /** A name that nobody has had before. */
  const somebody = (): string => `p${++people}-${name.replace(/\W/g, "")}`;
  const hello = async (user: string, more: object = {}): Promise<Talker> => {
    const talker = await server.dial(user);
    talker.say({ t: "hello", token: await server.token(user), deviceId: "d", ...more });
    return talker;
  };
  const live = async (user: string, more: object = {}): Promise<Talker> => {
    const talker = await hello(user, more);
    await talker.until(({ t }) => t === "caughtUp" || t === "resync");
    return talker;
  };
  const ask = (talker: Talker, frame: object): Promise<Frame> => {
    const ref = `r${++asked}`;
    talker.say({ ...frame, ref });
    return talker.until((heard) => heard["ref"] === ref);
  };
  const eventOf = (talker: Talker, fits: (event: Record<string, unknown>) => boolean) =>
    talker.until(({ event }) => event !== undefined && fits(event as Record<string, unknown>));
  const body = (text: string) => (event: Record<string, unknown>) => event["body"] === text;
  const send = (to: string, cid: string, text: string) => ({ t: "send", cid, to, body: text });

  describe(`[O8] the protocol, by ${name}`, () => {
    test("welcomes a session, whose own entry is the last that was missed", async () => {
      const alice = somebody();
      const talker = await live(alice);
      const [welcome, opened, caughtUp] = talker.frames;
      expect(welcome).toMatchObject({ t: "welcome", user: alice, limits: { unanswered: 32 } });
      expect(opened).toMatchObject({ t: "event", event: { type: "SessionOpened" } });
      expect(caughtUp).toMatchObject({ t: "caughtUp", mailbox: alice, seq: welcome?.["head"] });
      expect(opened?.["seq"]).toBe(welcome?.["head"]);
    });

    test("stores a send once, and tells every device of both, each entry behind the one before", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const [phone, laptop, other] = [await live(alice), await live(alice), await live(bob)];
      const rich = { ...send(bob, "a.1", "hi"), data: { a: [1] }, key: "k" };
      const sent = await ask(phone, rich);
      expect(sent).toMatchObject({ t: "sent", cid: "a.1", id: `${alice}:${sent["seq"]}` });
      for (const device of [phone, laptop]) {
        const { event, seq, prev } = await eventOf(device, body("hi"));
        expect(event).toMatchObject({ type: "MessageSent", to: bob, data: { a: [1] }, key: "k" });
        const before = device.frames.findLast((each) => each.t === "event" && each["seq"] < seq);
        expect(prev).toBe(before?.["seq"]);
      }
      const { event } = await eventOf(other, body("hi"));
      expect(event).toMatchObject({ author: alice, position: sent["seq"], data: { a: [1] } });
      expect(event).not.toHaveProperty("key");
      expect(event).not.toHaveProperty("device");
      expect(await ask(phone, rich)).toMatchObject({ t: "sent", id: sent["id"] });
      expect(await ask(phone, { ...rich, body: "ho" })).toMatchObject({ code: "cid.taken" });
      expect(await ask(phone, { ...rich, data: {} })).toMatchObject({ code: "cid.taken" });
    });

    test("shows a retry of what was stored no second time", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const talker = await live(alice);
      await ask(talker, send(bob, "a.1", "once"));
      const retry = { ...send(bob, "a.2", "once"), replaces: "a.1" };
      const { seq } = await ask(talker, retry);
      const { result } = await ask(talker, { t: "history", peer: bob, atLeast: seq });
      expect(result.messages).toMatchObject([{ cid: "a.1", body: "once" }]);
    });

    test("carries receipts back, cut down to what was sent, and read implies delivered", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const [author, reader] = [await live(alice), await live(bob)];
      const { seq } = await ask(author, send(bob, "a.1", "hi"));
      await eventOf(reader, body("hi"));
      reader.say({ t: "delivered", peer: alice, upTo: seq });
      const delivered = await eventOf(author, ({ type }) => type === "MessageDelivered");
      expect(delivered["event"]).toMatchObject({ author: bob, peer: alice, upTo: seq });
      reader.say({ t: "read", peer: alice, upTo: seq + 1_000 });
      const read = await eventOf(author, ({ type }) => type === "MessageRead");
      expect(read["event"]).toMatchObject({ author: bob, peer: alice, upTo: seq });
      const status = { t: "status", id: `${alice}:${seq}`, atLeast: read["seq"] };
      expect(await ask(author, status)).toMatchObject({ result: { status: "read", to: bob } });
    });

    test("answers from the views what has been stored, true for a seq", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const [author, reader] = [await live(alice), await live(bob)];
      const sent: Frame[] = [];
      for (const n of [1, 2, 3]) sent.push(await ask(author, send(bob, `a.${n}`, `text ${n}`)));
      const { seq: atLeast } = await eventOf(reader, body("text 3"));
      const chats = await ask(reader, { t: "chats", atLeast, repeats: true });
      expect(chats["seq"]).toBeGreaterThanOrEqual(atLeast);
      const [row] = chats["result"].chats as Frame[];
      expect(row).toMatchObject({
        peer: alice,
        unread: 3,
        last: { body: "text 3", author: alice },
      });
      const page = await ask(reader, { t: "history", peer: alice, limit: 2, atLeast });
      expect(page["result"]).toMatchObject({
        messages: [{ body: "text 2" }, { body: "text 3" }],
        more: true,
      });
      const own = await ask(author, { t: "chats", repeats: true, atLeast: sent[2]?.["seq"] });
      expect(own["result"].repeats).toEqual([["a", 3, 3]]);
      const nobody = await ask(reader, { t: "status", id: `${alice}:999999` });
      expect(nobody).toMatchObject({ t: "error", code: "not_found" });
    });

    test("makes a group, which all its members follow in one order, and nobody else", async () => {
      const [alice, bob, carol] = [somebody(), somebody(), somebody()];
      const [author, other, stranger] = [await live(alice), await live(bob), await live(carol)];
      const create = { do: "create", name: "Chess", members: [bob] };
      const { group } = await ask(author, { t: "ask", cid: "a.1", ask: create });
      const madeFor = (talker: Talker) => eventOf(talker, ({ type }) => type === "GroupChanged");
      expect((await madeFor(author))["event"]).toMatchObject({ by: alice, cid: "a.1" });
      const first = await madeFor(other);
      const { mailboxes } = await other.until(({ t }) => t === "follows");
      expect(mailboxes).toMatchObject([{ mailbox: group, seq: first["seq"] - 1 }]);
      const sent = await ask(author, { ...send(group, "a.2", "hi all"), mentions: [bob] });
      expect(sent).not.toHaveProperty("id");
      const { event, prev, seq } = await eventOf(other, body("hi all"));
      expect(prev).toBe(first["seq"]);
      expect(event).toMatchObject({ author: alice, to: group, cid: "a.2", mentions: [bob] });
      await ask(stranger, send(group, "c.1", "me, too"));
      const refused = await eventOf(stranger, ({ type }) => type === "Refused");
      expect(refused["event"]).toMatchObject({ author: group, cid: "c.1", code: "not_found" });
      other.say({ t: "read", peer: group, upTo: seq });
      const read = await eventOf(
        author,
        ({ type, peer }) => type === "MessageRead" && peer === alice,
      );
      expect(read["event"]).toMatchObject({ author: group, upTo: seq });
      await ask(author, { t: "ask", cid: "a.3", group, ask: { do: "remove", user: bob } });
      expect((await eventOf(other, ({ type }) => type === "GroupLeft"))["event"]).toMatchObject({
        author: group,
        why: "removed",
      });
      const { upTo: atLeast } = await other.until(({ t }) => t === "unfollows");
      await ask(author, send(group, "a.4", "alone"));
      await eventOf(author, body("alone"));
      expect(await ask(stranger, { t: "history", peer: group })).toMatchObject({
        code: "not_found",
      });
      const { result } = await ask(other, { t: "history", peer: group, atLeast });
      const said = (result.messages as Frame[]).map((row) => row["body"] ?? row["change"].do);
      expect(said).toEqual(["create", "hi all", "remove"]);
    });

    test("shows who types, who is online, and when somebody was last seen", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const [one, two] = [await live(alice), await live(bob)];
      two.say({ t: "watch", users: [alice] });
      expect(await two.until(({ t }) => t === "presence")).toMatchObject({ online: false });
      one.say({ t: "typing", peer: bob });
      expect(await two.until(({ t }) => t === "typing")).toMatchObject({ peer: alice });
      await two.until(({ t, online }) => t === "presence" && online === true);
      // Views gather for a moment before they know what watchers know at once.
      const seen = async () => (await ask(two, { t: "lastSeen", users: [alice] }))["result"].users;
      await expect.poll(seen).toMatchObject([{ user: alice, online: true }]);
    });

    test("goes on from a cursor, and resyncs one of another life of the log", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const author = await live(alice);
      const first = await live(bob);
      const { epoch } = first.frames[0] as Frame;
      const { seq, at } = first.frames.find(({ t }) => t === "event") as Frame;
      await first.close();
      await ask(author, send(bob, "a.1", "meanwhile"));
      const cursor = { mailbox: bob, epoch, seq, on: { seq, at } };
      const back = await live(bob, { since: [cursor] });
      const events = back.frames.filter(({ t }) => t === "event");
      expect(events.some(({ event }) => event.body === "meanwhile")).toBe(true);
      expect(events.every((frame) => frame["seq"] > seq)).toBe(true);
      const strange = [{ on: { seq, at: at + 1 } }, { seq: seq + 1_000_000 }];
      for (const claim of strange) {
        const misled = await live(bob, { since: [{ ...cursor, ...claim }] });
        expect(await misled.until(({ t }) => t === "resync")).toMatchObject({
          reason: "rolled-back",
        });
      }
      const lost = await live(bob, { since: [{ ...cursor, epoch: "another" }] });
      const resync = await lost.until(({ t }) => t === "resync");
      expect(resync).toMatchObject({ reason: "epoch", epoch });
      expect(await lost.until(({ t }) => t === "event")).toMatchObject({ seq: resync["seq"] });
    });

    test("gives the place of a dead socket to who knows its secret", async () => {
      const alice = somebody();
      const old = await live(alice);
      const { sessionId, resume } = old.frames[0] as Frame;
      await live(alice, { replaces: { sessionId, resume } });
      expect(await old.closed).toBe(4411);
    });

    test("names field and rule of what it refuses, and goes on", async () => {
      const [alice, bob] = [somebody(), somebody()];
      const talker = await live(alice);
      const wrong: [object, string, string][] = [
        [{ t: "send", cid: "a.1", to: bob, body: "" }, "message.empty", "body"],
        [send(alice, "a.1", "x"), "id.self", "to"],
        [{ ...send(bob, "a.1", "x"), data: [] }, "data.invalid", "data"],
        [{ ...send(bob, "a.1", "x"), key: "k".repeat(129) }, "key.invalid", "key"],
        [{ t: "history", peer: bob, limit: 101 }, "frame.invalid", "limit"],
        [{ t: "watch", users: [] }, "frame.invalid", "users"],
        [{ t: "nonsense" }, "op.unknown", "t"],
        [{ t: "ping", more: 1 }, "frame.unknown_field", "more"],
      ];
      for (const [frame, code, field] of wrong) {
        expect(await ask(talker, frame)).toMatchObject({ t: "error", code, field });
        expect(await ask(talker, { t: "ping" })).toMatchObject({ t: "pong" });
      }
    });

    test("closes who breaks rules again and again, and who is nobody", async () => {
      const stubborn = await live(somebody());
      for (let i = 0; i < 20; i++) stubborn.raw("nonsense");
      expect(await stubborn.closed).toBe(4500);
      const hasty = await server.dial(somebody());
      hasty.say({ t: "ping" });
      expect(await hasty.closed).toBe(4501);
      const nobody = await server.dial(somebody());
      nobody.say({ t: "hello", token: "no.such.token", deviceId: "d" });
      expect(await nobody.closed).toBe(4402);
    });
  });
}
