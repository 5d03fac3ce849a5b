import { describe, expect, test } from "vitest";
import { UNSAID } from "../../../src/actors/group/groupstate.ts";
import type { Asking } from "../../../src/events/ask.ts";
import { Given, group, GROUP, SECRET } from "./support.ts";

describe("a copy", () => {
  test("[G2] is decided on once, whatever was decided", () => {
    const hikers = group("bob").sends("bob");
    hikers.accepts();
    hikers.sends("bob", { cause: hikers.cause }).ignores();
    hikers.asks("bob", { do: "rule", send: "all" }).refuses("forbidden");
    hikers.asks("bob", { do: "leave" }, { cause: hikers.cause }).ignores();
  });

  test("[G2] of a former member is decided on once, too, and of a stranger nothing is kept", () => {
    const hikers = group("bob").sends("bob");
    const { cause } = hikers;
    hikers.asks("bob", { do: "leave" }).sends("bob", { cause }).ignores();
    hikers.sends("eve").refuses("not_found");
    hikers.sends("eve", { cause: hikers.cause }).refuses("not_found");
    expect([...hikers.state.people].map(([user]) => user).toSorted()).toEqual(["alice", "bob"]);
  });

  test("[G2] of a stranger is refused by the same one word, whether there is a group, was one, or never was", () => {
    const told = ({ news, facts, state }: Given) => ({
      news: news.map(({ copy: { cause: _, ...copy } }) => copy),
      stated: [...facts, ...state.owed],
    });
    const asked = (of: Given) => [
      told(of.sends("eve")),
      told(of.asks("eve", { do: "leave" })),
      told(of.asks("eve", { do: "join", secret: SECRET })),
    ];
    const refusal = { type: "Refused", author: GROUP, cid: "c.1", code: "not_found" };
    const ended = group().asks("alice", { do: "leave" });
    const refused = { news: [refusal], stated: [] };
    for (const of of [new Given(), ended, group("bob")])
      expect(asked(of)).toEqual([refused, refused, refused]);
  });

  test("[G2] is taken under the membership alone that its author's actor knew", () => {
    const hikers = group("bob");
    const first = hikers.state.present.get("bob")?.from ?? 0;
    hikers.sends("bob", { under: 0 }).refuses("not_found");
    hikers.sends("bob", { under: first }).accepts();
    hikers.asks("bob", { do: "leave" }).asks("alice", { do: "add", users: ["bob"] });
    hikers.sends("bob", { under: first }).refuses("not_found");
    hikers.sends("bob").accepts();
  });

  test("[G2] is taken under none while the fact that lets its author in is owed", () => {
    const hikers = group();
    hikers.holdsBack = true;
    hikers.asks("alice", { do: "add", users: ["bob"] });
    hikers.sends("bob", { under: 0 });
    expect(hikers.news).toMatchObject([{ to: "bob", copy: { code: "not_found" } }]);
  });

  test("[G2] that was put for another generation of the log counts for nobody", () => {
    const hikers = group("bob");
    hikers.sends("bob", { in: 1 }).ignores();
    expect(hikers.state.people.get("bob")?.heard).toBe(0);
  });

  test("[G2] that nobody waits for is refused in silence", () => {
    const hikers = group("bob").asks("eve", { do: "leave", why: "limit" }, { cid: undefined });
    hikers.ignores();
    hikers.asks("bob", { do: "leave", why: "limit" }, { cid: undefined });
    hikers.accepts({ do: "leave", user: "bob", why: "limit" });
    expect(hikers.news).toMatchObject([{ to: "bob", copy: { type: "GroupLeft", why: "limit" } }]);
  });
});

describe("the limit of sends", () => {
  test("[G2] lets five seconds' worth through at once, and goes by the times of the log", () => {
    const hikers = group("bob");
    for (let n = 0; n < 5; n++) hikers.sends("alice").accepts();
    hikers.sends("alice").refuses("group.busy");
    hikers.later(1_000).sends("bob").accepts();
    hikers.sends("bob").refuses("group.busy");
    hikers.later(-60_000).sends("carol").refuses("not_found");
    hikers.sends("alice").refuses("group.busy");
    hikers.later(120_000).sends("alice").accepts();
  });

  test("[G2] takes the next one to the millisecond when its time has come, whatever was refused meanwhile", () => {
    const hikers = group("bob");
    for (let n = 0; n < 5; n++) hikers.sends("alice");
    for (let n = 0; n < 3; n++) hikers.later(333).sends("bob").refuses("group.busy");
    hikers.later(1).sends("carol").sends("alice").accepts();
  });

  test("[G2] goes on as it stood where the log's clock was set back, in place of waiting until it has come as far again", () => {
    const hikers = group("bob").later(3_600_000);
    for (let n = 0; n < 5; n++) hikers.sends("alice").accepts();
    hikers.later(-3_600_000).sends("bob").refuses("group.busy");
    for (let n = 0; n < 8; n++) hikers.later(1_000).sends("alice").accepts();
    hikers.sends("alice").refuses("group.busy");
  });

  test("[G2] refuses whoever was refused until they have heard of the last time, though there is room", () => {
    const hikers = group("bob");
    for (let n = 0; n < 5; n++) hikers.sends("alice");
    const refused = hikers.sends("alice").seq;
    expect(hikers.news).toMatchObject([{ copy: { code: "group.busy", retryAfterMs: 1_000 } }]);
    hikers
      .later(120_000)
      .sends("alice", { knows: refused - 1 })
      .refuses("group.busy");
    hikers.sends("bob", { knows: 0 }).accepts();
    hikers.sends("alice", { knows: refused }).refuses("group.busy");
    hikers.sends("alice").accepts();
    hikers.sends("alice", { knows: 0 }).accepts();
  });
});

describe("what is decided", () => {
  test("[G4] is owed until its fact is read, in the order of the decisions", () => {
    const hikers = group("bob");
    hikers.holdsBack = true;
    hikers.sends("bob").sends("alice").asks("bob", { do: "leave" });
    const owed = hikers.state.owed.map(({ of, ended }) => [of, ended]);
    expect(owed).toEqual([
      [3, undefined],
      [4, undefined],
      [5, "bob"],
    ]);
    hikers.states();
    expect(hikers.state.owed.map(({ of }) => of)).toEqual([4, 5]);
    // A fact that was read already, and one that says more than the first owed.
    const [, last] = hikers.state.owed;
    hikers.take("group", hikers.facts[0] ?? {});
    expect(hikers.state.owed).toHaveLength(2);
    hikers.take("group", last?.event ?? {});
    expect(hikers.state.owed).toEqual([]);
  });

  test("[G2] while it is owed says nothing of a later membership of the same member", () => {
    const hikers = group();
    hikers.holdsBack = true;
    const add = { do: "add", users: ["bob"] } satisfies Asking;
    hikers.asks("alice", add).asks("alice", { do: "remove", user: "bob" }).asks("alice", add);
    expect(hikers.states().state.members.get("bob")).toMatchObject({ from: UNSAID });
    hikers.states().states();
    expect(hikers.state.members.get("bob")).toMatchObject({ from: hikers.state.head });
  });

  test("[G4] says of what it is, and all of its copy that others may see", () => {
    const hikers = group("bob");
    const said = { type: "MessageSent", author: "bob", to: GROUP, cid: "c.1", body: "hi" };
    hikers.sends("bob");
    expect(hikers.facts).toEqual([{ ...said, cause: 2, of: 3, sentAt: 1 }]);
    const more = { data: { way: [1, 2] }, mentions: ["alice"] };
    hikers.sends("bob", more);
    expect(hikers.facts).toEqual([{ ...said, ...more, cause: 3, of: 5, sentAt: 1 }]);
  });

  test("[G4] names the last fact that ended a membership", () => {
    const hikers = group("bob", "carol");
    expect(hikers.state.lastEnded).toBe(0);
    hikers.asks("alice", { do: "remove", user: "bob" });
    const { seq } = hikers;
    hikers.sends("alice");
    expect([hikers.state.lastEnded, hikers.state.head]).toEqual([seq, seq + 2]);
  });
});

describe("a membership", () => {
  test("[G2] is told with its first position, and with its last", () => {
    const hikers = group("bob");
    expect(hikers.news).toEqual(
      ["alice", "bob"].map((to) => ({
        to,
        copy: { type: "GroupJoined", author: GROUP, cause: 2, from: 2 },
      })),
    );
    hikers.asks("alice", { do: "remove", user: "bob" });
    const left = { author: GROUP, cause: 4, from: 2, upTo: 4, why: "removed" };
    expect(hikers.news).toEqual([{ to: "bob", copy: { type: "GroupLeft", ...left } }]);
  });

  test("[G2] is told to whoever asks where they stand, strangers too, under whatever", () => {
    const hikers = group("bob", "carol").asks("alice", { do: "remove", user: "carol" });
    const standing = (user: string, under: number) =>
      hikers.asks(user, { do: "standing" }, { under, cid: undefined }).news;
    expect(standing("bob", 77)).toMatchObject([{ copy: { type: "GroupJoined", from: 2 } }]);
    expect(standing("carol", 2)).toMatchObject([
      { copy: { type: "GroupLeft", from: 2, upTo: 4, why: "removed" } },
    ]);
    expect(standing("carol", 3)).toMatchObject([{ copy: { from: 3, upTo: 0 } }]);
    expect(standing("carol", 1)).toMatchObject([{ copy: { from: 2, upTo: 4 } }]);
    expect(standing("eve", 9)).toMatchObject([{ copy: { from: 9, upTo: 0, why: "left" } }]);
    expect(hikers.state.people.get("eve")).toBeUndefined();
    expect(new Given().asks("eve", { do: "standing" }).news).toHaveLength(1);
  });
});
