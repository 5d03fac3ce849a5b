import { describe, expect, test } from "vitest";
import { compare } from "../../src/gateway/session/repeat.ts";
import type { Numbered } from "../../src/gateway/session/session.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";

const GROUP = groupIdOf("zoe", "z.1");
const NEW = groupIdOf("alice", "a.1");
const said = { type: "MessageSent", author: "alice", to: "bob", device: "d", cid: "a.1" };
const asked = (ask: object, group = GROUP) =>
  JSON.stringify({ type: "GroupAsked", author: "alice", group, device: "d", cid: "a.1", ask });
const send = { t: "send", cid: "a.1", to: "bob", body: "x" } as Numbered;
const ask = (wish: object, group: string | undefined = GROUP) =>
  ({ t: "ask", cid: "a.1", ask: wish, ...(group !== "" && { group }) }) as Numbered;

describe("[S8] the number of a repeat", () => {
  test("is free where nothing lies in its place, or nothing that has a number, or another one", () => {
    const marks = { type: "MessageRead", author: "alice", peer: "bob", device: "d", upTo: 1 };
    const others = [undefined, "{", "{}", marks, { ...said, cid: "a.2", body: "x" }];
    for (const other of others) {
      const raw = typeof other === "object" ? JSON.stringify(other) : other;
      expect(compare(raw, send)).toBe("absent");
    }
  });

  test("belongs to what was said under it, be it a send or an ask, and to nothing else", () => {
    const raw = JSON.stringify({ ...said, body: "x" });
    expect(compare(raw, send)).toBe("same");
    expect(compare(raw, ask({ do: "leave" }))).toBe("taken");
    const left = asked({ do: "leave" });
    expect(compare(left, ask({ do: "leave" }))).toBe("same");
    expect(compare(left, send)).toBe("taken");
    expect(compare(left, { ...send, to: GROUP } as Numbered)).toBe("taken");
    expect(compare(left, ask({ do: "leave" }, NEW))).toBe("taken");
  });

  test("is of a message to a group with the same mentions", () => {
    const raw = (mentions?: string[]) =>
      JSON.stringify({ ...said, to: GROUP, body: "x", mentions });
    const sent = (mentions?: string[]) => ({ ...send, to: GROUP, mentions }) as Numbered;
    expect(compare(raw(["bob"]), sent(["bob"]))).toBe("same");
    expect(compare(raw(), sent([]))).toBe("same");
    for (const other of [["dan"], ["bob", "dan"], undefined])
      expect(compare(raw(["bob"]), sent(other))).toBe("taken");
  });

  test("is of one ask in whatever order its words come, and of no other", () => {
    const rule = asked({ do: "rule", send: "all", edit: "admins", add: "all" });
    expect(compare(rule, ask({ add: "all", edit: "admins", send: "all", do: "rule" }))).toBe(
      "same",
    );
    for (const other of [
      { do: "rule", send: "all", edit: "admins", add: "admins" },
      { do: "rule", send: "all", edit: "admins" },
      { do: "leave" },
    ])
      expect(compare(rule, ask(other))).toBe("taken");
    const added = asked({ do: "add", users: ["bob", "carol"] });
    expect(compare(added, ask({ do: "add", users: ["carol", "bob"] }))).toBe("taken");
  });

  test("is of the ask for a new group that names the same people, whose id its answer says", () => {
    const limits = { members: 9, sendsPerSecond: 1 };
    const made = asked({ do: "create", name: "Tea", members: ["bob"], limits }, NEW);
    const create = (wish: object) => ask({ do: "create", name: "Tea", ...wish }, "");
    expect(compare(made, create({ members: ["bob"] }))).toBe("same");
    expect(compare(made, create({ members: ["bob"], name: "Te" }))).toBe("taken");
    expect(compare(made, create({ members: ["dan"] }))).toBe("taken");
  });

  test("is of the ask for a link, or for none, whatever secret the gateway has made", () => {
    const [on, off] = [
      { do: "invite", on: true },
      { do: "invite", on: false },
    ];
    const made = asked({ do: "invite", secret: "A".repeat(22) });
    const none = asked({ do: "invite" });
    expect([compare(made, ask(on)), compare(made, ask(off))]).toEqual(["same", "taken"]);
    expect([compare(none, ask(on)), compare(none, ask(off))]).toEqual(["taken", "same"]);
  });
});
