import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { RULES } from "../../src/events/since.ts";
import { judge, StreamRules } from "../../src/rules/judge.ts";
import { mailbox } from "../support/mailbox.ts";

const NEWER = RULES + 1;
const entry = (raw: string, kind: Entry["kind"] = "fact"): Entry => ({
  kind,
  owner: "alice",
  seq: 7,
  at: 1,
  raw,
});
const later = entry('{"type":"MessageEdited","author":"alice"}');
const owner = (rules: number): Entry =>
  entry(
    JSON.stringify({ type: "RulesRaised", epoch: "e", earlier: [], marks: [], rules, layout: 1 }),
    "owner",
  );

describe("an entry that cannot be opened", () => {
  test("is newer when its type is unknown and the stream's rules are above one's own", () => {
    expect(judge(later, NEWER)).toBe("newer");
  });
  test("is unreadable when the stream's rules are one's own, or older", () => {
    expect(judge(later, RULES)).toBe("unreadable");
    expect(judge(later, RULES - 1)).toBe("unreadable");
  });
  test.each([
    ["is no JSON", "{"],
    ["has no type", '{"author":"alice"}'],
    ["has a type that is no text", '{"type":7}'],
    ["is null", "null"],
    ["is of a type that is known, and lacks a field", '{"type":"MessageSent","author":"alice"}'],
  ])("is unreadable whatever the rules when it %s", (_, raw) => {
    expect(judge(entry(raw), NEWER)).toBe("unreadable");
  });
  test("is newer when the type is known of another kind of entry only", () => {
    expect(judge(entry('{"type":"UserActive","action":"send"}'), NEWER)).toBe("newer");
    expect(judge(entry('{"type":"MessageRead"}', "session"), NEWER)).toBe("newer");
    expect(judge(entry('{"type":"MessageRead"}', "activity"), NEWER)).toBe("newer");
    expect(judge(entry('{"type":"GroupsBegan"}', "owner"), NEWER)).toBe("newer");
  });
});

describe("a stream that is read", () => {
  test("has newer entries only behind the entry that raises its rules", () => {
    const rules = new StreamRules(RULES);
    const run = [later, owner(NEWER), mailbox("alice").sent(3, "bob"), later];
    expect(run.map((each) => rules.isNewer(each))).toEqual([false, false, false, true]);
  });
  test("says nothing of its rules in what its users say", () => {
    const rules = new StreamRules(RULES);
    const run = [mailbox("alice").sent(3, "bob"), later];
    expect(run.map((each) => rules.isNewer(each))).toEqual([false, false]);
  });
  test("is judged by what it said when reading began, until it says otherwise", () => {
    const rules = new StreamRules(NEWER);
    expect(rules.isNewer(later)).toBe(true);
    expect(rules.isNewer(owner(RULES))).toBe(false);
    expect(rules.isNewer(later)).toBe(false);
  });
});
