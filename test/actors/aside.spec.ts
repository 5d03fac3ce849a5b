import { pino, type Logger } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RULES } from "../../src/events/since.ts";
import { step } from "../../src/actors/step.ts";
import { newcomer } from "../../src/actors/user.ts";
import { freeze, thaw } from "../support/frozen.ts";
import { traced } from "../../src/trace.ts";
import { Store } from "./store.ts";
import { CHECKPOINT_MS, copiesTo, pass, running, settled } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const logInto = (lines: object[]): Logger =>
  pino(
    { serializers: { error: traced } },
    { write: (line) => void lines.push(JSON.parse(line) as object) },
  );

const rulesRaised = (rules: number): string =>
  JSON.stringify({ type: "RulesRaised", epoch: "e", earlier: [], marks: [], rules, layout: 1 });

describe("a partition", () => {
  test("[A6] sets aside what cannot be read, and the rest goes on", async () => {
    const store = new Store();
    let host = await running(store);
    store.send("alice", "bob", 1);
    const poison = [
      store.put("fact", "alice", "{"),
      store.put("copy", "alice", '{"type":"Later"}'),
    ];
    store.send("alice", "bob", 2);
    await settled(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.deadLetters).toMatchObject(poison.map((seq) => ({ seq, why: "unreadable" })));
    expect(copiesTo(store, "bob")).toMatchObject([{ cid: "phone.1" }, { cid: "phone.2" }]);
    expect(store.checkpoint).toBe(store.head);

    host.kill();
    host = await running(store);
    store.send("alice", "bob", 3);
    await settled(store, host);
    expect(copiesTo(store, "bob").at(-1)).toMatchObject({ cid: "phone.3" });
    host.kill();
  });

  test("[A7] sets aside, as a bug, an entry at which a rule fails, hands on its stack, and goes on", async () => {
    const store = new Store();
    const opened = store.openSession("alice", "phone");
    // No text of this version's: the fold of a message fails on it.
    const broken = freeze({ ...thaw(freeze(newcomer)), seq: opened, sends: 7 as never });
    store.snapshots.set("alice", broken);
    store.checkpoint = opened;
    const host = await running(store);
    const poison = store.send("alice", "bob", 1);
    store.send("carol", "bob", 1);
    await settled(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.deadLetters).toMatchObject([{ seq: poison, why: "bug", reason: "TypeError" }]);
    expect(copiesTo(store, "bob")).toMatchObject([{ author: "carol" }]);
    expect(store.checkpoint).toBe(store.head);
    const [letter] = store.deadLetters;
    expect((letter?.error as Error | undefined)?.stack).toMatch(/TypeError: .*\n\s+at .*sends/);
    host.kill();
  });

  test("[A7] tries a rule that has failed again, before it takes that for a bug: it may have been the machine", () => {
    let asked = 0;
    const before = {
      ...newcomer,
      get sends() {
        if (++asked === 1) throw new TypeError("once");
        return newcomer.sends;
      },
    };
    const sent = {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      device: "d",
      cid: "a.1",
      body: "",
    };
    const entry = {
      kind: "fact",
      owner: "alice",
      seq: 7,
      at: 1,
      raw: JSON.stringify(sent),
    } as const;
    const { aside, tellings } = step(before, entry);
    expect(aside).toBeUndefined();
    expect(tellings).toMatchObject([{ to: "bob" }]);
  });

  test("does the same when it loads an actor, and keeps the chain of seqs", async () => {
    const store = new Store();
    store.openSession("alice", "phone");
    store.snapshots.set("alice", freeze({ ...newcomer, sends: 7 as never }));
    const poison = store.send("alice", "bob", 1);
    store.checkpoint = poison;
    const logged: { level: number; seq?: number; error?: string }[] = [];
    const host = await running(store, {}, logInto(logged));
    const next = store.openSession("alice", "laptop");
    await settled(store, host);
    expect(logged.filter(({ seq, error }) => seq === poison && error)).toHaveLength(1);
    expect(store.routedTo("phone")).toMatchObject([{ kind: "event", seq: next, prev: poison }]);
    host.kill();
  });

  test("[M1] tells sessions of such an entry by what stands for it where it is no text of ours, so that the chain of seqs goes on", async () => {
    const store = new Store();
    const logged: { level: number }[] = [];
    const host = await running(store, {}, logInto(logged));
    const opened = store.openSession("alice", "phone");
    const torn = store.put("fact", "alice", "{");
    const later = store.put("copy", "alice", '{"type":"Later"}');
    await settled(store, host);
    expect(store.routedTo("phone")).toMatchObject([
      { seq: torn, prev: opened, frame: expect.stringContaining('{"type":"Unreadable"}') },
      { seq: later, prev: torn, frame: expect.stringContaining('{"type":"Later"}') },
    ]);
    expect(logged, "it is no bug of ours").toEqual([]);
    host.kill();
  });

  test("[A8] stops at an entry that is newer than this version, and says so", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("bob", "phone");
    const sent = store.send("alice", "bob", 1);
    const before = store.put("owner", "0", rulesRaised(RULES + 1));
    store.put("fact", "alice", '{"type":"MessageEdited","author":"alice"}');
    store.send("alice", "bob", 2);
    store.send("carol", "bob", 1);
    while (host.partition.trouble === undefined) await pass(store, CHECKPOINT_MS);
    // The work of what was folded before goes on: copies are stored, the checkpoint follows, nothing else moves.
    while (host.storeCopy()) await pass(store, CHECKPOINT_MS);
    await pass(store, CHECKPOINT_MS);
    expect(host.partition.trouble).toBe(`entry ${before + 1} is newer than this version`);
    expect(copiesTo(store, "bob")).toMatchObject([{ author: "alice", cause: sent }]);
    expect(store.checkpoint).toBe(before);
    expect(store.deadLetters).toEqual([]);
    await host.partition.stop();
  });

  test("sets an entry of an unknown type aside while the stream's rules are its own", async () => {
    const store = new Store();
    const host = await running(store);
    store.put("owner", "0", rulesRaised(RULES));
    const poison = store.put("fact", "alice", '{"type":"MessageEdited","author":"alice"}');
    store.send("alice", "bob", 1);
    await settled(store, host);
    expect(host.partition.trouble).toBeUndefined();
    expect(store.deadLetters).toMatchObject([{ seq: poison, why: "unreadable" }]);
    expect(copiesTo(store, "bob")).toHaveLength(1);
    host.kill();
  });
});
