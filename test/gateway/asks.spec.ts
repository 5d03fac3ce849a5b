import { describe, expect, test } from "vitest";
import { parseFrame } from "../../src/protocol/parse.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { facts, house, settled } from "./world.ts";

const GROUP = groupIdOf("zoe", "z.1");
const ask = (wish: object, more: object = {}) => ({
  t: "ask",
  cid: "a.1",
  ...("do" in wish && wish.do === "create" ? {} : { group: GROUP }),
  ask: wish,
  ...more,
});
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i}`);

describe("an ask to a group", () => {
  test("[S1] is a fact of its author, and is answered when that is stored", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    say(ask({ do: "add", users: ["bob"] }, { ref: 7 }));
    await settled(() => wire.frames.some(({ t }) => t === "asked"));
    const seq = world.entries.length;
    expect(wire.frames.at(-1)).toEqual({
      t: "asked",
      cid: "a.1",
      group: GROUP,
      seq,
      durability: "stored",
      ref: 7,
    });
    expect(facts(world, "GroupAsked")).toEqual([
      {
        type: "GroupAsked",
        author: "alice",
        group: GROUP,
        device: "d",
        cid: "a.1",
        ask: { do: "add", users: ["bob"] },
      },
    ]);
  });

  test("for a new one names the same group at each try, with the limits that the settings give", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    const create = ask({ do: "create", name: "Tea", members: ["bob"] });
    say(create, create);
    await settled(() => wire.frames.filter(({ t }) => t === "asked").length === 2);
    const [stored] = facts(world, "GroupAsked");
    expect(stored).toMatchObject({
      group: groupIdOf("alice", "a.1"),
      ask: { do: "create", limits: { members: 1_024, sendsPerSecond: 100 } },
    });
    expect(wire.frames.slice(-2).map(({ group }) => group)).toEqual(
      Array(2).fill(groupIdOf("alice", "a.1")),
    );
  });

  test("for a link gets a secret of the gateway's, and is the same ask though a repeat has another", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    const secret = "s".repeat(22);
    const invite = {
      author: "alice",
      group: GROUP,
      device: "d",
      cid: "a.1",
      ask: { do: "invite", secret },
    };
    world.knows("alice", "a.1", world.store("alice", { type: "GroupAsked", ...invite }));
    say(ask({ do: "invite", on: true }));
    await settled(() => wire.frames.some(({ t }) => t === "asked"));
    expect(wire.errors).toEqual([]);
    say({ ...ask({ do: "invite", on: true }), cid: "a.2" });
    await settled(() => facts(world, "GroupAsked").length === 2);
    const made = facts(world, "GroupAsked").map((fact) => (fact as typeof invite).ask.secret);
    expect(made[1]).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(made[1]).not.toBe(made[0]);
  });

  test("[S8] under the number of another one is refused for good", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    const more = { device: "d", cid: "a.1", ask: { do: "leave" } };
    const other = { author: "alice", group: GROUP, ...more };
    world.knows("alice", "a.1", world.store("alice", { type: "GroupAsked", ...other }));
    say(ask({ do: "remove", user: "bob" }));
    await settled(() => wire.errors.length > 0);
    expect(wire.frames.at(-1)).toMatchObject({ code: "cid.taken", cid: "a.1" });
  });

  test("[S8] that the broker knows by name and has lost is stored under another name before it is answered", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    world.knows("alice", "a.1", 99);
    say(ask({ do: "leave" }));
    await settled(() => wire.frames.some(({ t }) => t === "asked"));
    expect(facts(world, "GroupAsked")).toHaveLength(2);
    expect(world.entries.at(-1)?.raw).toContain('"do":"leave"');
    expect(wire.frames.at(-1)).toMatchObject({ t: "asked", seq: world.entries.length });
  });

  test("[D3] is one of a hundred a minute, which have nothing to do with what is sent: the next is told when to come back", async () => {
    const { clock, live } = house();
    const { wire, say } = await live("alice");
    for (let n = 1; n <= 101; n++) {
      say({ ...ask({ do: "leave" }), cid: `a.${n}` });
      await settled(() => wire.frames.at(-1)?.t !== "caughtUp");
    }
    await settled(() => wire.errors.length > 0);
    expect(wire.errors).toEqual(["rate_limited"]);
    say({ t: "send", cid: "a.102", to: GROUP, body: "hi" });
    clock.now += 600;
    say({ ...ask({ do: "leave" }), cid: "a.103" });
    await settled(() => wire.frames.some(({ cid }) => cid === "a.103"));
    expect(wire.errors).toEqual(["rate_limited"]);
  });
});

describe("a message to a group", () => {
  test("[S1] is answered without an id, which the group gives; whom it mentions is in the fact", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    say({ t: "send", cid: "a.1", to: GROUP, body: "hi", mentions: ["bob"] });
    await settled(() => wire.frames.some(({ t }) => t === "sent"));
    expect(wire.frames.at(-1)).toEqual({
      t: "sent",
      cid: "a.1",
      seq: world.entries.length,
      durability: "stored",
    });
    expect(facts(world, "MessageSent")).toMatchObject([{ to: GROUP, mentions: ["bob"] }]);
  });
});

describe("a receipt, and a sign of typing, to a group", () => {
  test("[D1] of which one is no member are not found, and tell nobody; before that is known they are for later", async () => {
    const { world, parts, live } = house();
    const { connection, wire, say } = await live("alice");
    const words = ["read", "delivered"].map((t) => ({ t, peer: GROUP, upTo: 9 }));
    const all = [...words, { t: "typing", peer: GROUP }];
    say(...all);
    expect(wire.errors).toEqual(Array(3).fill("unavailable"));
    const told = { kind: "follow", sessions: [], ranges: [], asked: true } as const;
    parts.groups.told(connection, { ...told, seq: world.entries.length });
    say(...all);
    expect(wire.errors.slice(3)).toEqual(Array(3).fill("not_found"));
    expect(world.typed).toEqual([]);
    say({ t: "typing", peer: "bob" });
    expect(world.typed).toEqual([{ to: "bob", from: "alice" }]);
  });
});

describe("[D1] a frame to a group that breaks a rule", () => {
  const secret = "s".repeat(22);
  const refused: [string, object, string, string?][] = [
    ["257 users", ask({ do: "add", users: ids(257) }), "frame.invalid", "ask.users"],
    ["nobody", ask({ do: "add", users: [] }), "frame.invalid", "ask.users"],
    ["257 members", ask({ do: "create", name: "n", members: ids(257) }), "frame.invalid"],
    ["a user that is none", ask({ do: "add", users: ["a b"] }), "id.invalid", "ask.users.0"],
    ["a group as a member", ask({ do: "remove", user: GROUP }), "id.invalid", "ask.user"],
    ["no name", ask({ do: "create", name: "" }), "frame.invalid", "ask.name"],
    ["a long name", ask({ do: "create", name: "n".repeat(101) }), "frame.invalid", "ask.name"],
    ["half a surrogate", ask({ do: "create", name: "\ud83d" }), "message.malformed", "ask.name"],
    ["a long about", ask({ do: "describe", about: "n".repeat(513) }), "frame.invalid"],
    ["an unknown wish", ask({ do: "explode" }), "op.unknown", "ask.do"],
    ["a field of another", ask({ do: "leave", user: "bob" }), "frame.unknown_field", "ask.user"],
    ["standing", ask({ do: "standing" }), "op.unknown", "ask.do"],
    ["limits", ask({ do: "create", name: "n", limits: {} }), "frame.unknown_field", "ask.limits"],
    ["a secret", ask({ do: "invite", on: true, secret }), "frame.unknown_field", "ask.secret"],
    ["a short secret", ask({ do: "join", secret: "s" }), "frame.invalid", "ask.secret"],
    ["no group", { t: "ask", cid: "a.1", ask: { do: "leave" } }, "frame.invalid", "group"],
    ["a group too many", ask({ do: "create", name: "n" }, { group: GROUP }), "frame.invalid"],
    ["no group's id", ask({ do: "leave" }, { group: "bob" }), "id.invalid", "group"],
    ["a cause", ask({ do: "leave" }, { cause: 7 }), "frame.unknown_field", "cause"],
    ["an author", ask({ do: "leave" }, { by: "bob" }), "frame.unknown_field", "by"],
    [
      "21 mentions",
      { t: "send", cid: "a.1", to: GROUP, body: "x", mentions: ids(21) },
      "frame.invalid",
    ],
    [
      "mentions to a person",
      { t: "send", cid: "a.1", to: "bob", body: "x", mentions: ["bob"] },
      "frame.invalid",
    ],
    ["a false group", { t: "send", cid: "a.1", to: "g-short", body: "x" }, "id.invalid", "to"],
  ];

  test.each(refused)("[D1] with %s", (_what, frame, code, field) => {
    const parsed = parseFrame(JSON.stringify(frame));
    expect(parsed).toMatchObject({ rejection: { code, ...(field && { field }) } });
    // Its client knows which of its frames that was.
    expect(parsed).toMatchObject({ names: { cid: "a.1" } });
  });

  test("[D1] is told from one that breaks none", () => {
    const fine = [
      ask({ do: "create", name: "n".repeat(100), members: ids(256) }),
      ask({ do: "create", name: "👍".repeat(100) }),
      ask({ do: "describe", about: "" }),
      ask({ do: "rule", send: "admins" }),
      ask({ do: "join", secret }),
      { t: "send", cid: "a.1", to: GROUP, body: "x", mentions: ids(20) },
    ];
    for (const frame of fine) expect(parseFrame(JSON.stringify(frame))).toMatchObject({ frame });
  });
});
