import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import type { Query } from "../../src/protocol/internal/query.ts";
import { Projections } from "../../src/projections/projections.ts";
import { folder } from "../support/folder.ts";
import { opened } from "./support.ts";
import { mailbox } from "../support/mailbox.ts";
import { MemorySource } from "../support/stream.ts";
import { silent } from "../support/silent.ts";

const alice = mailbox("alice");
const bob = mailbox("bob");
const active = (seq: number, owner: string, at: number): Entry => {
  const raw = JSON.stringify({ type: "UserActive", action: "send" });
  return { kind: "activity", owner, seq, at, raw };
};

/** alice's mailbox lies in the first partition, everybody else's in the second. */
async function started(): Promise<{ views: Projections; sources: MemorySource[] }> {
  const sources = ["MAILBOX_0", "MAILBOX_1", "ACTIVITY"].map((name) => new MemorySource(name));
  sources[0]?.store(alice.opened(1), alice.sent(4, "bob"));
  sources[1]?.store(bob.told(90, "alice", 4));
  for (const source of sources) source.clock = 60_000;
  sources[2]?.store(active(7, "alice", 50_000), active(8, "bob", 20_000));
  const views = await Projections.start({
    sources,
    dir: folder(),
    mailboxOf: (owner) => (owner === "alice" ? "MAILBOX_0" : "MAILBOX_1"),
    onlineMs: 20_000,
    elapsed: () => 0,
    log: silent,
  });
  onTestFinished(() => views.stop());
  await views.ready;
  return { views, sources };
}

const asked = async (views: Projections, query: Query): Promise<unknown> =>
  opened(await views.ask(query));

const query = (ask: Partial<Query> & Pick<Query, "view">): Query =>
  ({ owner: "alice", atLeast: 0, limit: 10, ...ask }) as Query;

describe("a question", () => {
  test("[V3] is answered from the asker's mailbox, with the seq of its stream", async () => {
    const { views } = await started();
    expect(await asked(views, query({ view: "chats" }))).toMatchObject({
      seq: 4,
      result: { chats: [{ peer: "bob", unread: 0 }] },
    });
    expect(await asked(views, query({ view: "chats", owner: "bob" }))).toMatchObject({
      seq: 90,
      result: { chats: [{ peer: "alice", unread: 1 }] },
    });
    expect(await asked(views, query({ view: "history", peer: "bob" }))).toMatchObject({
      seq: 4,
      result: { messages: [{ id: "alice:4" }] },
    });
  });
  test("about the status of a message is answered to both sides, and to nobody else", async () => {
    const { views } = await started();
    const status = (owner: string) => asked(views, query({ view: "status", owner, id: "alice:4" }));
    expect(await status("alice")).toMatchObject({ seq: 4, result: { status: "sent" } });
    expect(await status("bob")).toMatchObject({ seq: 90, result: { status: "sent" } });
    expect(await status("carol")).toEqual({ error: "not_found" });
  });
  test("about last seen is answered from the activity stream, at the broker's time of asking", async () => {
    const { views } = await started();
    const users = ["alice", "bob", "carol"];
    expect(await asked(views, query({ view: "lastseen", users }))).toEqual({
      seq: 8,
      result: {
        users: [
          { user: "alice", online: true, lastSeen: 50_000 },
          { user: "bob", online: false, lastSeen: 20_000 },
        ],
      },
    });
  });
  test("[V3] waits for what it wants to see", async () => {
    const { views, sources } = await started();
    const answer = asked(views, query({ view: "history", peer: "carol", atLeast: 6 }));
    sources[0]?.store(alice.sent(6, "carol"));
    expect(await answer).toMatchObject({ seq: 6, result: { messages: [{ seq: 6 }] } });
  });
  test("that wants to see what does not come is told that the view is behind", async () => {
    const { views } = await started();
    expect(await asked(views, query({ view: "chats", atLeast: 5 }))).toEqual({
      error: "view.behind",
    });
  });
});
