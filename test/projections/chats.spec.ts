import { describe, expect, test } from "vitest";
import { delivered, mailbox, read } from "../support/mailbox.ts";
import { listedAt } from "../../src/protocol/frames/chats.ts";
import { given, seqs } from "./support.ts";

const alice = mailbox("alice");
const peers = (answer: { readonly chats: readonly { peer: string }[] }): string[] =>
  answer.chats.map(({ peer }) => peer);

test("the list of repeats is told to whoever asks for it", () => {
  const after = given(alice.sent(1, "bob", "phone.1")).when(alice.sent(2, "bob", "phone.3"));
  expect(after.chats({ repeats: true }).repeats).toEqual([["phone", 3, 2]]);
  expect(after.chats()).not.toHaveProperty("repeats");
  expect(given().when().chats({ repeats: true }).repeats).toEqual([]);
});

describe("the chat list", () => {
  test("shows the last message of either side", () => {
    const list = given(alice.told(1, "bob", 10)).when(alice.sent(2, "bob", "phone.1", "hi bob"));
    expect(list.chat("bob")?.last).toEqual({
      seq: 2,
      id: "alice:2",
      author: "alice",
      to: "bob",
      cid: "phone.1",
      body: "hi bob",
      sentAt: 1_000_002,
    });
  });
  test("names a received message by its author's mailbox, and when it was sent there", () => {
    const { last } =
      given()
        .when(alice.told(7, "bob", 10))
        .chat("bob") ?? {};
    expect(last).toMatchObject({ seq: 7, id: "bob:10", author: "bob", sentAt: 1_000_010 });
  });
  test("has the conversation with the newest message first", () => {
    const list = given(alice.told(1, "bob", 10), alice.told(2, "carol", 5)).when(
      alice.sent(3, "bob"),
    );
    expect(peers(list.chats())).toEqual(["bob", "carol"]);
  });
  test("keeps that order when a conversation goes on and another comes in between", () => {
    const list = given(alice.sent(1, "bob"), alice.sent(2, "carol"), alice.sent(3, "carol")).when(
      alice.sent(4, "bob"),
      alice.sent(5, "dave"),
    );
    expect(peers(list.chats())).toEqual(["dave", "bob", "carol"]);
  });
  test("has a conversation once that went on at the top and comes there again", () => {
    const list = given(alice.sent(1, "bob"), alice.sent(2, "bob"), alice.sent(3, "carol")).when(
      alice.sent(4, "bob"),
    );
    expect(peers(list.chats())).toEqual(["bob", "carol"]);
  });
  test("comes in pages, without gap or repeat", () => {
    const list = given(alice.sent(1, "bob"), alice.sent(2, "carol")).when(
      alice.sent(3, "dave"),
      alice.sent(4, "dave"),
    );
    const first = list.chats({ limit: 1 });
    expect([peers(first), first.more]).toEqual([["dave"], true]);
    const second = list.chats({ limit: 1, before: listedAt(first.chats[0])! });
    expect([peers(second), second.more]).toEqual([["carol"], true]);
    const third = list.chats({ limit: 1, before: listedAt(second.chats[0])! });
    expect([peers(third), third.more]).toEqual([["bob"], false]);
  });
  test("comes in pages, too, where the broker's clock stands still or goes back", () => {
    const stored = ["bob", "carol", "dave", "bob", "erin", "frank", "erin"].map((peer, i) => ({
      ...alice.sent(i + 1, peer),
      at: [500, 500, 500, 480, 480, 500, 300][i] ?? 0,
    }));
    const list = given().when(...stored);
    const all = list.chats().chats;
    expect(peers({ chats: all })).toEqual(["erin", "frank", "bob", "dave", "carol"]);
    expect(all.map(({ at }) => at)).toEqual([506, 505, 503, 502, 501]);
    const turned: string[] = [];
    let page = list.chats({ limit: 2 });
    for (; page.more; page = list.chats({ limit: 2, before: listedAt(page.chats.at(-1))! }))
      turned.push(...peers(page));
    expect([...turned, ...peers(page)]).toEqual(peers({ chats: all }));
  });
  test("has the time of the newest message, too, where the broker's clock goes back while a conversation is on top", () => {
    const [first, second] = [alice.sent(1, "bob"), alice.told(2, "bob", 9)];
    const list = given({ ...first, at: 500 }).when({ ...second, at: 300 });
    expect(list.chat("bob")).toMatchObject({ at: 500, last: { seq: 2 } });
  });
  test("ends a page before it has more than 192 KiB", () => {
    const long = "x".repeat(16_000);
    const many = Array.from({ length: 20 }, (_, i) => alice.told(i + 1, `peer-${i}`, 1, long));
    const { chats, more } = given()
      .when(...many)
      .chats();
    expect([chats.length, more]).toEqual([12, true]);
  });
  test("does not know a conversation of which only a receipt was heard", () => {
    expect(
      given()
        .when(alice.ticked(1, "mallory", 9, read(99)))
        .chats().chats,
    ).toEqual([]);
    expect(
      given()
        .when(alice.received(1, "mallory", read(99)))
        .chats().chats,
    ).toEqual([]);
  });
  test("is not changed by sessions", () => {
    expect([...given().when(alice.opened(1)).rows.keys()]).toEqual(["session/alice"]);
  });
});

describe("unread", () => {
  const three = [alice.told(1, "bob", 10), alice.told(2, "bob", 11), alice.told(5, "bob", 20)];
  const unread = (claim: number): number | undefined =>
    given(...three)
      .when(alice.received(6, "bob", read(claim)))
      .chat("bob")?.unread;

  test("counts what the peer sent", () => {
    expect(
      given(...three)
        .when()
        .chat("bob"),
    ).toMatchObject({ unread: 3, delivered: 0, read: 0 });
  });
  test("does not count one's own", () => {
    expect(
      given(...three)
        .when(alice.sent(6, "bob"))
        .chat("bob")?.unread,
    ).toBe(3);
  });
  test("counts down to the watermark, wherever it lies", () => {
    expect([9, 10, 15, 19, 20].map(unread)).toEqual([3, 2, 1, 1, 0]);
  });
  test("counts each message down once, in however many steps", () => {
    const chat = given(...three, alice.received(6, "bob", read(10)))
      .when(alice.received(7, "bob", read(11)))
      .chat("bob");
    expect(chat?.unread).toBe(1);
  });
  test("cannot be read further than what was received", () => {
    const chat = given(...three)
      .when(alice.received(6, "bob", read(1_000)), alice.told(7, "bob", 30))
      .chat("bob");
    expect(chat).toMatchObject({ unread: 1, delivered: 20, read: 20 });
  });
  test("is not changed by what is only delivered", () => {
    const chat = given(...three)
      .when(alice.received(6, "bob", delivered(20)))
      .chat("bob");
    expect(chat).toMatchObject({ unread: 3, delivered: 20, read: 0 });
  });
  test("walks on from where it was, past one's own messages", () => {
    const chat = given(
      alice.told(1, "bob", 10),
      alice.sent(2, "bob"),
      alice.received(3, "bob", read(10)),
      alice.told(4, "bob", 11),
      alice.sent(5, "bob"),
      alice.told(6, "bob", 12),
    )
      .when(alice.received(7, "bob", read(11)))
      .chat("bob");
    expect(chat).toMatchObject({ unread: 1, read: 11 });
  });
});

describe("the peer's ticks", () => {
  const sent = [alice.sent(1, "bob"), alice.sent(2, "bob"), alice.sent(3, "carol")];

  test("rise with the receipts the peer's mailbox tells", () => {
    const chat = given(...sent)
      .when(alice.ticked(4, "bob", 40, delivered(2)), alice.ticked(5, "bob", 41, read(1)))
      .chat("bob");
    expect(chat).toMatchObject({ peerDelivered: 2, peerRead: 1 });
  });
  test("[T2] never pass the last message sent to that peer", () => {
    const chat = given(...sent)
      .when(alice.ticked(4, "bob", 40, read(99)))
      .chat("bob");
    expect(chat).toMatchObject({ peerDelivered: 2, peerRead: 2 });
  });
});

describe("a repeat changes nothing:", () => {
  const before = [alice.sent(1, "bob", "phone.40"), alice.told(2, "bob", 10)];

  test("[S3] a send whose n was used within its client instance, or lies too low to tell", () => {
    const once = given(...before).when();
    for (const cid of ["phone.40", "phone.8"])
      expect(given(...before).when(alice.sent(3, "bob", cid)).rows).toEqual(once.rows);
    for (const cid of ["phone.39", "laptop.1"])
      expect(
        given(...before)
          .when(alice.sent(3, "bob", cid))
          .chat("bob")?.last.seq,
      ).toBe(3);
  });
  test("[S6] a retry of a send that was stored all the same, but that its number is used", () => {
    const { rows } = given(...before).when();
    const retry = alice.retried(3, "bob", "phone.41", "phone.40");
    expect(given(...before).when(retry).rows).toEqual(
      new Map([...rows, ["sends/alice", [["phone", 41, 1]]]]),
    );
  });
  test("a copy whose cause is not higher than the last heard from its author", () => {
    const once = given(...before, alice.ticked(3, "bob", 40, read(1))).when();
    for (const late of [alice.told(4, "bob", 10), alice.ticked(4, "bob", 40, read(1))])
      expect(given(...before, alice.ticked(3, "bob", 40, read(1))).when(late).rows).toEqual(
        once.rows,
      );
  });
  test("a receipt that does not rise", () => {
    const given20 = given(...before, alice.received(3, "bob", read(10)));
    expect(given20.when(alice.received(4, "bob", read(9))).rows).toEqual(given20.when().rows);
  });
  test("a late copy of a receipt that had nothing to tell when it came first", () => {
    const chat = given(alice.ticked(1, "bob", 40, read(99)))
      .when(alice.sent(2, "bob"), alice.ticked(3, "bob", 40, read(99)))
      .chat("bob");
    expect(chat).toMatchObject({ peerDelivered: 0, peerRead: 0 });
  });
});

test("each mailbox is folded by itself", () => {
  const bob = mailbox("bob");
  const after = given(alice.sent(1, "bob")).when(bob.told(2, "alice", 1));
  expect(seqs(after.history("bob").messages)).toEqual([1]);
  expect(after.chat("bob")?.unread).toBe(0);
});
