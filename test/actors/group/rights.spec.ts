import { describe, expect, test } from "vitest";
import type { Asking } from "../../../src/events/ask.ts";
import { Given, group, SECRET } from "./support.ts";

const LIMITS = { members: 5, sendsPerSecond: 1 };
const OTHER = "B".repeat(22);

describe("creating", () => {
  test("[G5] makes the creator the only admin, first of all, once", () => {
    const hikers = group("bob", "alice", "bob", "carol");
    hikers.accepts({ do: "create", name: "Hikers", members: ["alice", "bob", "carol"] });
    expect(hikers.roles).toEqual({ alice: "admin", bob: "member", carol: "member" });
    hikers.asks("alice", { do: "create", name: "Again", limits: LIMITS }).refuses("not_found");
  });

  test("[G5] is refused where more are named than its limit has room for", () => {
    const all = ["b", "c", "d", "e", "f"];
    group(...all).refuses("limit.members");
    group(...all.slice(1)).accepts({ do: "create" });
  });
});

describe("adding", () => {
  test("[G5] lets in who is not in, and says no_change where nobody is left", () => {
    const hikers = group("bob");
    hikers.asks("bob", { do: "add", users: ["carol", "bob", "carol"] });
    hikers.accepts({ do: "add", users: ["carol"] });
    hikers.asks("alice", { do: "add", users: ["bob", "carol"] }).refuses("group.no_change");
  });

  test("[G5] beyond the limit lets in nobody", () => {
    const hikers = group("bob", "carol", "dan");
    hikers.asks("alice", { do: "add", users: ["eve", "fay"] }).refuses("limit.members");
    hikers.asks("alice", { do: "add", users: ["eve"] }).accepts({ do: "add", users: ["eve"] });
  });

  test("[G5] is for admins where the rule says so", () => {
    const hikers = group("bob").asks("alice", { do: "rule", add: "admins" });
    hikers.asks("bob", { do: "add", users: ["carol"] }).refuses("forbidden");
    hikers.asks("alice", { do: "add", users: ["carol"] }).accepts({ do: "add" });
  });
});

describe("removing", () => {
  test("[G5] is for admins, and of who is not in changes nothing", () => {
    const hikers = group("bob", "carol");
    hikers.asks("bob", { do: "remove", user: "carol" }).refuses("forbidden");
    hikers.asks("alice", { do: "remove", user: "dan" }).refuses("group.no_change");
    hikers.asks("alice", { do: "remove", user: "carol" }).accepts({ do: "remove", user: "carol" });
  });

  test("[G5] keeps them out: neither the link nor another member lets them in, an admin does", () => {
    const hikers = group("bob", "carol").asks("alice", { do: "invite", secret: SECRET });
    hikers.asks("alice", { do: "remove", user: "carol" });
    hikers.asks("carol", { do: "join", secret: SECRET }).refuses("not_found");
    hikers.asks("bob", { do: "add", users: ["carol"] }).refuses("group.no_change");
    hikers.asks("alice", { do: "add", users: ["carol"] }).accepts({ do: "add", users: ["carol"] });
    hikers.asks("carol", { do: "leave" });
    hikers.asks("carol", { do: "join", secret: SECRET }).accepts({ do: "join", user: "carol" });
  });

  test("[G5] oneself is leaving", () => {
    group("bob").asks("bob", { do: "remove", user: "bob" }).accepts({ do: "leave", user: "bob" });
    const hikers = group("bob").asks("alice", { do: "remove", user: "alice" });
    hikers.accepts({ do: "leave", user: "alice", successor: "bob" });
  });
});

describe("leaving", () => {
  test("[G5] of the last admin makes who stands longest one in the same fact", () => {
    const hikers = group("bob", "carol").asks("bob", { do: "leave" });
    hikers.asks("alice", { do: "add", users: ["bob"] }).asks("alice", { do: "leave" });
    hikers.accepts({ do: "leave", user: "alice", successor: "carol" });
    expect(hikers.news).toMatchObject([{ to: "alice", copy: { type: "GroupLeft", why: "left" } }]);
    expect(hikers.roles).toEqual({ carol: "admin", bob: "member" });
  });

  test("[G5] while another admin is there promotes nobody", () => {
    const hikers = group("bob", "carol").asks("alice", { do: "promote", user: "carol" });
    hikers.asks("alice", { do: "leave" });
    expect(hikers.facts).toMatchObject([{ change: { do: "leave", user: "alice" } }]);
    expect(JSON.stringify(hikers.facts)).not.toContain("successor");
    expect(hikers.roles).toEqual({ bob: "member", carol: "admin" });
  });

  test("[G5] of the last one ends the group for good", () => {
    const hikers = group().asks("alice", { do: "invite", secret: SECRET });
    hikers.asks("alice", { do: "leave" }).accepts({ do: "leave", ended: true });
    expect(hikers.news).toMatchObject([{ copy: { type: "GroupLeft", why: "ended" } }]);
    hikers.asks("bob", { do: "join", secret: SECRET }).refuses("not_found");
    hikers.asks("alice", { do: "create", name: "New", limits: LIMITS }).refuses("not_found");
    hikers.sends("alice").refuses("not_found");
  });
});

describe("being an admin", () => {
  test("[G5] is given and taken by admins, and the last one stays one", () => {
    const hikers = group("bob");
    hikers.asks("bob", { do: "promote", user: "bob" }).refuses("forbidden");
    hikers.asks("alice", { do: "demote", user: "alice" }).refuses("group.last_admin");
    hikers.asks("alice", { do: "promote", user: "bob" }).accepts({ do: "promote", user: "bob" });
    hikers.asks("alice", { do: "promote", user: "bob" }).refuses("group.no_change");
    hikers.asks("bob", { do: "demote", user: "alice" }).accepts({ do: "demote", user: "alice" });
    hikers.asks("alice", { do: "demote", user: "bob" }).refuses("forbidden");
    hikers.asks("bob", { do: "demote", user: "alice" }).refuses("group.no_change");
    hikers.asks("bob", { do: "promote", user: "dan" }).refuses("group.no_change");
  });
});

describe("rules and words", () => {
  test("[G5] are changed by admins; name and description by all, until the rule says otherwise", () => {
    const hikers = group("bob").asks("bob", { do: "describe", name: "Walkers" });
    hikers.accepts({ do: "describe", name: "Walkers" });
    hikers.asks("bob", { do: "describe" }).refuses("group.no_change");
    hikers.asks("bob", { do: "rule", edit: "admins" }).refuses("forbidden");
    hikers.asks("alice", { do: "rule", edit: "admins" }).accepts({ do: "rule", edit: "admins" });
    hikers.asks("alice", { do: "rule", edit: "admins" }).refuses("group.no_change");
    hikers.asks("bob", { do: "describe", about: "x" }).refuses("forbidden");
    hikers.asks("alice", { do: "describe", about: "x" }).accepts({ do: "describe", about: "x" });
  });

  test("[G5] keep members from sending where the rule says so", () => {
    const hikers = group("bob").asks("alice", { do: "rule", send: "admins" });
    hikers.sends("bob").refuses("forbidden");
    hikers.sends("alice").accepts();
  });
});

describe("a link", () => {
  test("[G5] is made by admins, and a new one makes the old one void", () => {
    const hikers = group("bob");
    hikers.asks("bob", { do: "invite", secret: SECRET }).refuses("forbidden");
    hikers.asks("carol", { do: "join", secret: SECRET }).refuses("not_found");
    hikers.asks("alice", { do: "invite", secret: SECRET }).accepts({ do: "invite", on: true });
    expect(JSON.stringify(hikers.facts)).not.toContain(SECRET);
    hikers.asks("alice", { do: "invite", secret: OTHER });
    hikers.asks("carol", { do: "join", secret: SECRET }).refuses("not_found");
    hikers.asks("carol", { do: "join", secret: OTHER }).accepts({ do: "join", user: "carol" });
    hikers.asks("carol", { do: "join", secret: OTHER }).refuses("group.no_change");
    hikers.asks("alice", { do: "invite" }).accepts({ do: "invite", on: false });
    hikers.asks("dan", { do: "join", secret: OTHER }).refuses("not_found");
    hikers.asks("alice", { do: "invite" }).refuses("group.no_change");
  });

  test("[G5] lets in no more than there is room for", () => {
    const hikers = group("b", "c", "d", "e").asks("alice", { do: "invite", secret: SECRET });
    hikers.asks("f", { do: "join", secret: SECRET }).refuses("limit.members");
  });
});

test("[G5] whoever is no member, and whatever was never made, is answered not_found", () => {
  const asks: Asking[] = [
    { do: "add", users: ["bob"] },
    { do: "leave" },
    { do: "rule", send: "all" },
    { do: "join", secret: SECRET },
  ];
  for (const ask of asks) {
    new Given().asks("dan", ask).refuses("not_found");
    group("bob").asks("dan", ask).refuses("not_found");
  }
  new Given().sends("dan").refuses("not_found");
  group("bob").sends("dan").refuses("not_found");
});
