import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Spoken } from "./protocolcontract.ts";
import type { Frame, Talker } from "./talker.ts";

/** The contract of the protocol on groups, as their members' clients can see it. */
export function groupContract(name: string, start: () => Promise<Spoken>): void {
  let server: Spoken;
  let people = 0;
  let said = 0;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server?.stop());

  const somebody = (): string => `m${++people}-${name.replace(/\W/g, "")}`;
  const live = async (user: string, since: readonly object[] = []): Promise<Talker> => {
    const talker = await server.dial(user);
    const token = await server.token(user);
    talker.say({ t: "hello", token, deviceId: "d", ...(since.length > 0 && { since }) });
    await talker.until(
      ({ t, mailbox }) => (t === "caughtUp" || t === "resync") && mailbox === user,
    );
    return talker;
  };
  /** Asks or says something that is answered. */
  const ask = (talker: Talker, frame: object): Promise<Frame> => {
    const ref = `r${++said}`;
    talker.say({ ...frame, ref });
    return talker.until((heard) => heard["ref"] === ref);
  };
  const wish = (talker: Talker, what: object, group?: string): Promise<Frame> =>
    ask(talker, { t: "ask", cid: `d.${++said}`, ...(group && { group }), ask: what });
  const send = (talker: Talker, to: string, body: string): Promise<Frame> =>
    ask(talker, { t: "send", cid: `d.${++said}`, to, body });
  /** The group's entries that a device has been shown. */
  const shown = ({ frames }: Talker, group: string): Frame[] =>
    frames.filter(({ t, mailbox }) => t === "event" && mailbox === group);
  const bodies = (talker: Talker, group: string): string[] =>
    shown(talker, group).flatMap(({ event }) => (event.body as string | undefined) ?? []);
  const shows = (talker: Talker, group: string, body: string): Promise<Frame> =>
    talker.until(({ mailbox, event }) => mailbox === group && event?.body === body);
  const changed = (talker: Talker, group: string, what: string): Promise<Frame> =>
    talker.until(({ mailbox, event }) => mailbox === group && event?.change?.do === what);
  const refused = (talker: Talker, cid: string): Promise<Frame> =>
    talker.until(({ event }) => event?.type === "Refused" && event.cid === cid);

  /** Three people with a device each, in a group that the first has made. */
  const three = async () => {
    const users = [somebody(), somebody(), somebody()] as const;
    const [a, b, c] = await Promise.all([live(users[0]), live(users[1]), live(users[2])]);
    const made = await wish(a, { do: "create", name: "Three", members: users.slice(1) });
    expect(made).toMatchObject({ t: "asked" });
    const group = made["group"] as string;
    await Promise.all([a, b, c].map((each) => changed(each, group, "create")));
    return { group, users, devices: [a, b, c] as const };
  };

  describe(`[O8] groups, by ${name}`, () => {
    test("[G1] show every device the same messages in one order, each behind the one before", async () => {
      const { group, users, devices } = await three();
      const sends = devices.flatMap((each, i) =>
        [1, 2, 3].map((n) => ({ each, body: `${i} ${n}` })),
      );
      const sent = await Promise.all(sends.map(({ each, body }) => send(each, group, body)));
      for (const each of sent) expect(each).not.toHaveProperty("id");
      for (const device of devices)
        await Promise.all(sends.map(({ body }) => shows(device, group, body)));
      const [first = [], ...others] = devices.map((each) => shown(each, group));
      expect(first).toHaveLength(10);
      for (const other of others) expect(other).toEqual(first);
      expect(first.slice(1).map(({ prev }) => prev)).toEqual(
        first.slice(0, -1).map(({ seq }) => seq),
      );
      const last = first.at(-1) as Frame;
      const page = { t: "history", peer: group, atLeast: last["seq"], limit: 100 };
      const { result } = await ask(devices[2], page);
      const rows = result.messages as Frame[];
      expect(rows.flatMap(({ body }) => body ?? [])).toEqual(bodies(devices[0], group));
      expect(rows.at(-1)).toMatchObject({ id: `${group}:${last["seq"]}`, to: group });
      expect(rows[0]).toMatchObject({ by: users[0], change: { do: "create", name: "Three" } });
    });

    test("[G6] tell the author when all have received and read it, and who has", async () => {
      const { group, users, devices } = await three();
      const [author, ...readers] = devices;
      await send(author, group, "who has it?");
      for (const reader of readers) {
        const { seq } = await shows(reader, group, "who has it?");
        reader.say({ t: "delivered", peer: group, upTo: seq });
      }
      const { seq: upTo } = await shows(author, group, "who has it?");
      const told =
        (type: string) =>
        ({ event }: Frame): boolean =>
          event?.type === type && event.author === group && event.upTo >= upTo;
      await author.until(told("MessageDelivered"));
      const id = `${group}:${upTo}`;
      const status = () => ask(author, { t: "status", id }).then(({ result }) => result);
      await expect
        .poll(status)
        .toMatchObject({ status: "delivered", delivered: 2, read: 0, of: 2 });
      for (const reader of readers) reader.say({ t: "read", peer: group, upTo });
      await author.until(told("MessageRead"));
      await expect.poll(status).toMatchObject({ status: "read", delivered: 2, read: 2, of: 2 });
      const { result } = await ask(author, { t: "info", id, limit: 200 });
      expect(result.members).toMatchObject(
        users.slice(1).map((user) => ({ user, delivered: true, read: true })),
      );
      expect(await ask(devices[1], { t: "info", id, limit: 200 })).toMatchObject({
        code: "not_found",
      });
    });

    test("[G3] show who is removed nothing behind that, and take nothing of theirs", async () => {
      const { group, users, devices } = await three();
      const [a, b, c] = devices;
      await send(a, group, "all of us");
      await shows(c, group, "all of us");
      await wish(a, { do: "remove", user: users[2] }, group);
      const removal = await changed(c, group, "remove");
      await c.until(({ t, mailbox }) => t === "unfollows" && mailbox === group);
      await send(a, group, "the two of us");
      const { seq } = await shows(b, group, "the two of us");
      const late = await send(c, group, "me, too");
      expect(late).toMatchObject({ t: "sent" });
      expect(await refused(c, late["cid"])).toMatchObject({ event: { code: "not_found" } });
      const { result } = await ask(c, {
        t: "history",
        peer: group,
        limit: 100,
        atLeast: removal["seq"],
      });
      expect((result.messages as Frame[]).flatMap(({ body }) => body ?? [])).toEqual(["all of us"]);
      expect(shown(c, group).at(-1)).toBe(removal);
      const back = await live(users[2], [{ mailbox: group, ...cursorOf(c, group), seq }]);
      await send(a, group, "still two");
      await shows(b, group, "still two");
      expect(await ask(back, { t: "ping" })).toMatchObject({ t: "pong" });
      expect(bodies(back, group)).toEqual([]);
    });

    test("[G11] are rows of the list, with what is unread, and go on from a cursor", async () => {
      const { group, users, devices } = await three();
      const [a, b] = devices;
      const cursor = { mailbox: group, ...cursorOf(b, group) };
      await b.close();
      for (const body of ["one", "two"]) await send(a, group, body);
      await shows(a, group, "two");
      const back = await live(users[1], [cursor]);
      const { seq: atLeast } = await shows(back, group, "two");
      expect(bodies(back, group)).toEqual(["one", "two"]);
      await back.until(({ t, mailbox }) => t === "caughtUp" && mailbox === group);
      const row = async () => {
        const { result } = await ask(back, { t: "chats", limit: 10 });
        return (result.chats as Frame[]).find(({ peer }) => peer === group);
      };
      await expect
        .poll(row)
        .toMatchObject({ name: "Three", unread: 2, last: { body: "two", author: users[0] } });
      const { result } = await ask(back, { t: "group", group, atLeast });
      expect(result).toMatchObject({ group, name: "Three", members: 3, role: "member" });
      const all = await ask(back, { t: "members", group, limit: 200 });
      expect((all["result"].members as Frame[]).map(({ user }) => user)).toEqual(
        [...users].toSorted(),
      );
    });

    test("[G5] refuse who may not, and who is nobody there, by an entry of their own", async () => {
      const { group, users, devices } = await three();
      const [, b] = devices;
      const outsider = await live(somebody());
      const wished = await wish(b, { do: "promote", user: users[1] }, group);
      expect(await refused(b, wished["cid"])).toMatchObject({
        event: { author: group, code: "forbidden" },
      });
      const strange = await send(outsider, group, "hello?");
      expect(await refused(outsider, strange["cid"])).toMatchObject({
        event: { code: "not_found" },
      });
      for (const question of [
        { t: "group", group },
        { t: "history", peer: group, limit: 10 },
      ])
        expect(await ask(outsider, question)).toMatchObject({ t: "error", code: "not_found" });
    });
  });
}

/** The cursor of a device in a group: the last of its entries that it was shown. */
function cursorOf({ frames }: Talker, group: string): object {
  const followed = frames.flatMap(({ t, mailboxes }) =>
    t === "follows" ? (mailboxes as Frame[]).filter(({ mailbox }) => mailbox === group) : [],
  );
  const { seq, at } = frames.findLast(
    ({ t, mailbox }) => t === "event" && mailbox === group,
  ) as Frame;
  return { epoch: followed.at(-1)?.["epoch"], seq, on: { seq, at } };
}
