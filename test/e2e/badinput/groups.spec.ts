import { afterAll, beforeAll, describe, expect } from "vitest";
import { device, dial, type Device, type Frame } from "../../support/device.ts";
import { answer, siege } from "../../support/siege.ts";

const { attack, app } = siege();
/** A group that nobody has made. */
const NEVER = `g-${"n".repeat(22)}`;
let alice: Device;
let mallory: Device;
/** One that Alice is in, and one that has ended. */
let tea: string;
let ended: string;

let asked = 0;
const wish = (ask: object, group?: string) => ({
  t: "ask",
  cid: `w.${++asked}`,
  ...(group && { group }),
  ask,
});
const happens =
  (group: string, what: string) =>
  ({ t, mailbox, event }: Frame): boolean =>
    t === "event" && mailbox === group && event?.change?.do === what;
const refused = async (to: Device, { cid }: Frame): Promise<string> =>
  (await to.until(({ event }) => event?.type === "Refused" && event.cid === cid))["event"].code;

beforeAll(async () => {
  [alice, mallory] = await Promise.all([device(app(), "galice"), device(app(), "gmallory")]);
  const create = { do: "create", name: "Tea" };
  const ids = await Promise.all([1, 2].map(() => answer(alice, wish(create))));
  [tea, ended] = ids.map(({ group }) => group as string) as [string, string];
  for (const group of [tea, ended]) await alice.until(happens(group, "create"));
  await answer(alice, wish({ do: "leave" }, ended));
  await alice.until(({ t, mailbox }) => t === "unfollows" && mailbox === ended);
});
afterAll(() => Promise.all([alice, mallory].map((each) => each?.close())));

describe("[D1] words to a group", () => {
  attack(
    "of which one is no member are refused alike, whether it is, was, or never was",
    async () => {
      const frames = (group: string): object[] => [
        { t: "read", peer: group, upTo: 9 },
        { t: "delivered", peer: group, upTo: 2 ** 50 },
        { t: "typing", peer: group },
        { t: "history", peer: group, before: 9 },
        { t: "group", group },
        { t: "members", group },
        { t: "info", id: `${group}:9` },
        { t: "status", id: `${group}:9` },
      ];
      /** Once it is known which groups she is in. */
      const said = async (frame: object): Promise<Frame> => {
        for (;;) {
          const { ref: _, ...heard } = await answer(mallory, frame);
          if (heard["code"] !== "unavailable") return heard;
        }
      };
      const all = [];
      for (const group of [tea, ended, NEVER]) {
        const errors = [];
        for (const frame of frames(group)) errors.push(await said(frame));
        const codes = [];
        for (const ask of [{ do: "leave" }, { do: "join", secret: "s".repeat(22) }])
          codes.push(await refused(mallory, await answer(mallory, wish(ask, group))));
        const send = { t: "send", cid: `s.${++asked}`, to: group, body: "hi" };
        codes.push(await refused(mallory, await answer(mallory, send)));
        all.push({ errors, codes });
      }
      expect(all[0]?.errors.map(({ code }) => code as string)).toEqual(Array(8).fill("not_found"));
      expect(all[0]?.codes).toEqual(Array(3).fill("not_found"));
      expect(all[1]).toEqual(all[0]);
      expect(all[2]).toEqual(all[0]);
    },
  );

  attack("that break a rule are refused by the field, and nothing is stored of them", async () => {
    const send = { t: "send", cid: "x.1", to: tea, body: "hi" };
    const leave = { t: "ask", cid: "x.1", group: tea, ask: { do: "leave" } };
    const ids = Array.from({ length: 257 }, (_, i) => `u${i}`);
    const bad: [object, string, string][] = [
      ...["cause", "position", "by", "sentAt", "of", "under"].flatMap(
        (field): [object, string, string][] => [
          [{ ...send, [field]: 7 }, "frame.unknown_field", field],
          [{ ...leave, [field]: 7 }, "frame.unknown_field", field],
        ],
      ),
      [wish({ do: "add", users: ids }, tea), "frame.invalid", "ask.users"],
      [wish({ do: "add", users: ["a b"] }, tea), "id.invalid", "ask.users.0"],
      [wish({ do: "describe", name: "" }, tea), "frame.invalid", "ask.name"],
      [wish({ do: "describe", name: "\ud83d" }, tea), "message.malformed", "ask.name"],
      [wish({ do: "explode" }, tea), "op.unknown", "ask.do"],
      [wish({ do: "leave", user: "ann" }, tea), "frame.unknown_field", "ask.user"],
    ];
    alice.frames.length = 0;
    for (const [frame, code, field] of bad) {
      expect([frame, await answer(alice, frame)]).toMatchObject([frame, { code, field }]);
      await answer(alice, { t: "ping" });
    }
    expect(alice.frames.filter(({ t }) => t === "event")).toEqual([]);
  });

  attack("of two people under one cid are two messages", async () => {
    await answer(alice, wish({ do: "add", users: ["gmallory"] }, tea));
    await mallory.until(happens(tea, "add"));
    for (const each of [alice, mallory])
      expect(await answer(each, { t: "send", cid: "one.1", to: tea, body: each.user })).toEqual(
        expect.objectContaining({ t: "sent" }),
      );
    for (const { user } of [alice, mallory])
      expect(
        await alice.until(({ mailbox, event }) => mailbox === tea && event?.body === user),
      ).toMatchObject({ event: { author: user, cid: "one.1" } });
  });
});

describe("[D1] cursors of groups", () => {
  const cursorOf = (mailbox: string) => ({
    mailbox,
    epoch: "e".repeat(64),
    seq: 2 ** 40,
    on: { seq: 2 ** 40, at: 1, generation: 2 },
  });
  const strange = (count: number): object[] =>
    Array.from({ length: count }, (_, i) => cursorOf(`g-${String(i).padStart(22, "0")}`));

  attack(
    "are 512 at most, and those of groups one was never in are passed over in silence",
    async () => {
      for (const [count, t] of [
        [512, "welcome"],
        [513, "error"],
      ] as const) {
        const each = await dial(app(), "gforger");
        const token = await app().token("gforger");
        each.say({ t: "hello", token, deviceId: "d", since: strange(count) });
        expect(await each.until((heard) => heard.t === t)).toMatchObject(
          t === "error" ? { code: "frame.invalid", field: "since" } : {},
        );
        if (t === "error") expect(await each.closed).toBe(4501);
        else {
          await each.until((heard) => heard.t === "caughtUp");
          await answer(each, { t: "chats" });
          const said = each.frames.filter((frame) => JSON.stringify(frame).includes("g-0"));
          expect(said).toEqual([]);
          await each.close();
        }
      }
    },
  );
});
