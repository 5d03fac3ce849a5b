import { describe, expect, test } from "vitest";
import { began, given, later, seqs } from "./support.ts";
import { mailbox } from "../support/mailbox.ts";

const alice = mailbox("alice");
const conversation = given(
  alice.sent(1, "bobby"),
  ...[2, 4, 6, 8].map((seq) => alice.sent(seq, "bob")),
).when(...[9, 11].map((seq) => alice.told(seq, "bob", seq + 100)));

const page = (ask: Parameters<typeof conversation.history>[1]): [number[], boolean] => {
  const { messages, more } = conversation.history("bob", ask);
  return [seqs(messages), more];
};

describe("a page of history", () => {
  test("is the newest messages when nothing else is asked, oldest first", () => {
    expect(page({ limit: 3 })).toEqual([[8, 9, 11], true]);
  });
  test("goes back from `before`, which is not in it", () => {
    expect(page({ limit: 3, before: 8 })).toEqual([[2, 4, 6], false]);
    expect(page({ limit: 2, before: 8 })).toEqual([[4, 6], true]);
  });
  test("goes on from `after`, which is not in it", () => {
    expect(page({ limit: 2, after: 4 })).toEqual([[6, 8], true]);
    expect(page({ limit: 4, after: 4 })).toEqual([[6, 8, 9, 11], false]);
  });
  test("lies between `after` and `before` when both are asked", () => {
    expect(page({ limit: 9, after: 2, before: 9 })).toEqual([[4, 6, 8], false]);
  });
  test("is empty behind the newest and before the oldest", () => {
    expect(page({ after: 11 })).toEqual([[], false]);
    expect(page({ before: 2 })).toEqual([[], false]);
  });
  test("has the messages of this conversation alone", () => {
    expect(seqs(conversation.history("bobby").messages)).toEqual([1]);
    expect(conversation.history("nobody")).toEqual({ messages: [], more: false });
  });
  test("says of an own retry what it replaces, and to nobody else", () => {
    const own = given(alice.retried(1, "bob", "phone.2", "phone.1"))
      .when()
      .history("bob");
    expect(own.messages).toMatchObject([{ cid: "phone.2", replaces: "phone.1" }]);
    const told = given(alice.told(1, "bob", 1))
      .when()
      .history("bob");
    expect(told.messages[0]).not.toHaveProperty("replaces");
  });
  test("[S9] has the data of both sides as it was sent, and the key of an own message alone", () => {
    const data = { b: [{ a: null }, 1.5, "\u2028"], "1": {}, a: false };
    const own = given(alice.sentWith(1, "bob", "phone.1", { data, key: "k" }))
      .when(
        alice.sentWith(2, "bob", "phone.2", { key: "l" }),
        alice.toldWith(3, "bob", 3, { data }),
      )
      .history("bob");
    const [first, second, third] = own.messages;
    expect([first, second, third]).toMatchObject([{ data, key: "k" }, { key: "l" }, { data }]);
    expect(JSON.stringify(first?.data)).toBe(JSON.stringify(data));
    expect(second).not.toHaveProperty("data");
    expect(third).not.toHaveProperty("key");
  });
  test("has at most 192 KiB, but at least one message", () => {
    const long = "\u0001".repeat(16_000);
    const answer = given(alice.told(1, "bob", 1, long), alice.told(2, "bob", 2, long))
      .when(alice.told(3, "bob", 3, long.repeat(3)))
      .history("bob");
    expect([seqs(answer.messages), answer.more]).toEqual([[3], true]);
  });
  test("has a row of seven values of a plain message, and one more where it has anything besides", () => {
    const { rows } = given(alice.sent(1, "bob"), alice.told(2, "bob", 9)).when(
      alice.sentWith(3, "bob", "phone.3", { data: {} }),
      alice.sentWith(4, "bob", "phone.4", { key: "k" }),
      alice.retried(5, "bob", "phone.6", "phone.5"),
    );
    const values = [...rows].flatMap(([key, row]) =>
      key.startsWith("text/") ? [(row as unknown[]).length] : [],
    );
    expect(values).toEqual([7, 7, 8, 8, 8]);
  });
  test("goes on in another generation, whose positions are above all before", () => {
    const views = given(alice.sent(2, "bob"), alice.told(4, "bob", 7), began(5)).when(
      later(alice.sent(5, "bob")),
      later(alice.toldWith(8, "bob", 2 ** 44 + 9, {})),
    );
    const { messages } = views.history("bob");
    expect(messages).toMatchObject([
      { seq: 2, id: "alice:2" },
      { seq: 4, id: "bob:7" },
      { seq: 5, generation: 1, id: `alice:${2 ** 44 + 5}` },
      { seq: 8, generation: 1, id: `bob:${2 ** 44 + 9}` },
    ]);
    expect(messages[1]).not.toHaveProperty("generation");
    const asked = (ask: Parameters<typeof views.history>[1]) =>
      seqs(views.history("bob", ask).messages);
    expect([asked({ before: 5 }), asked({ before: 8 })]).toEqual([
      [2, 4],
      [2, 4, 5],
    ]);
    expect([asked({ after: 4 }), asked({ after: 5 })]).toEqual([[5, 8], [8]]);
    expect(asked({ after: 2, before: 8 })).toEqual([4, 5]);
    expect([...given(began(5, [])).when().rows]).toEqual([]);
    expect(views.status(`alice:${2 ** 44 + 5}`)).toMatchObject({ status: "sent" });
  });
});
