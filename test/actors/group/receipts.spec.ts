import { describe, expect, test } from "vitest";
import { RECEIPTS_MAX } from "../../../src/rules/group/marks.ts";
import { Given, group } from "./support.ts";

const delivered = (author: string, upTo: number, read?: number) => ({
  type: "MessageDelivered",
  peer: author,
  upTo,
  ...(read !== undefined && { read }),
});

describe("an author", () => {
  test("[G6] is told once all other present members have it, by one copy for both marks", () => {
    const hikers = group("bob", "carol").sends("alice");
    const { head } = hikers.state;
    expect(hikers.marks).toEqual({});
    expect(hikers.receives([[head, ["bob", "alice"]]]).marks).toEqual({});
    const { marks } = hikers.receives([[head, ["carol"]]], [[head, ["bob"]]]);
    expect(marks).toMatchObject({ alice: delivered("alice", head) });
    const second = hikers.sends("alice").state.head;
    const both = hikers.receives([], [[second, ["bob", "carol"]]]).marks;
    expect(both).toMatchObject({ alice: { type: "MessageRead", upTo: second } });
    expect(hikers.receives([[second, ["bob"]]], [[head, ["carol"]]]).marks).toEqual({});
  });

  test("[G6] is told of other messages than their own by nothing", () => {
    const hikers = group("bob", "carol").sends("bob");
    const { head } = hikers.state;
    hikers.sends("alice");
    const told = hikers.receives([[head, ["alice", "bob", "carol"]]]).marks;
    expect(Object.keys(told)).toEqual(["bob"]);
  });

  test("[G6] is held up by nobody who has left, or came later", () => {
    const hikers = group("bob", "carol").sends("alice");
    const { head } = hikers.state;
    hikers.receives([], [[head, ["bob"]]]);
    hikers.asks("alice", { do: "add", users: ["dan"] });
    expect(hikers.marks).toEqual({});
    hikers.asks("alice", { do: "remove", user: "carol" });
    expect(hikers.marks).toMatchObject({ alice: { type: "MessageRead", upTo: head } });
  });

  test("[G6] is told what was left to count when they left themselves", () => {
    const hikers = group("bob", "carol").sends("bob");
    const { head } = hikers.state;
    hikers.asks("bob", { do: "leave" });
    expect(hikers.marks).toEqual({});
    const { marks } = hikers.receives([[head, ["alice", "carol"]]]);
    expect(marks).toMatchObject({ bob: delivered("bob", head) });
  });

  test("[G6] with nobody left to count has it read at once", () => {
    const hikers = group().sends("alice");
    expect(hikers.marks).toMatchObject({
      alice: { type: "MessageRead", upTo: hikers.state.head },
    });
  });

  test("[G6] waits for who has just come from the message directly behind their coming on", () => {
    const hikers = group("carol");
    hikers.holdsBack = true;
    hikers
      .sends("alice")
      .asks("alice", { do: "add", users: ["bob"] })
      .sends("alice");
    const { head } = hikers.states().states().states().state;
    const before = hikers.receives([], [[head, ["carol"]]]).marks;
    expect(before).toMatchObject({ alice: { type: "MessageRead", upTo: head - 2 } });
    const { marks } = hikers.receives([[head, ["bob"]]]);
    expect(marks).toMatchObject({ alice: delivered("alice", head, head - 2) });
  });

  test("[G6] is told nothing again where the others have come on, but not to the author's next", () => {
    const hikers = group("bob").sends("alice");
    hikers.receives([], [[hikers.state.head, ["bob"]]]);
    const { head } = hikers.sends("bob").sends("alice").state;
    expect(hikers.receives([], [[head - 1, ["bob"]]]).marks).toEqual({});
  });

  test("[G6] is told no lower mark when somebody comes back", () => {
    const hikers = group("bob", "carol").sends("alice");
    const { head } = hikers.state;
    hikers.receives([[head, ["bob"]]]).asks("carol", { do: "leave" });
    expect(hikers.marks).toMatchObject({ alice: delivered("alice", head) });
    hikers.asks("alice", { do: "add", users: ["carol"] });
    expect(hikers.marks).toEqual({});
    const { marks } = hikers.receives([], [[head, ["bob"]]]);
    expect(marks).toMatchObject({ alice: { type: "MessageRead", upTo: head } });
  });
});

describe("a claim", () => {
  test("[G6] counts up to the group's last fact, and of members alone", () => {
    const hikers = group("bob").sends("alice");
    const { head } = hikers.state;
    hikers.receives([[head + 40, ["bob", "eve"]]]);
    expect(hikers.marks).toMatchObject({ alice: delivered("alice", head) });
    expect(hikers.state.present.get("bob")).toMatchObject({ delivered: head });
    expect(hikers.state.present.has("eve")).toBe(false);
    expect(hikers.sends("alice").receives([[head, ["bob"]]]).marks).toEqual({});
  });

  test("[G6] made for another generation of the log counts for nobody", () => {
    const hikers = group("bob").sends("alice");
    const tick = { type: "ReceiptsGathered", gateway: "gw", in: 1, read: [] };
    hikers.take("tick", { ...tick, delivered: [[hikers.state.head, ["bob"]]] });
    expect(hikers.marks).toEqual({});
  });

  test.each([
    [RECEIPTS_MAX, ["alice"]],
    [RECEIPTS_MAX + 1, []],
  ])("[G6] in a group for %i members tells %j", (members, told) => {
    const limits = { members, sendsPerSecond: 1 };
    const made = (...others: string[]) =>
      new Given().asks("alice", { do: "create", name: "Hikers", members: others, limits });
    const hikers = made("bob").sends("alice");
    expect(Object.keys(hikers.receives([[hikers.state.head, ["bob"]]]).marks)).toEqual(told);
    expect(Object.keys(made().sends("alice").marks)).toEqual(told);
  });
});
