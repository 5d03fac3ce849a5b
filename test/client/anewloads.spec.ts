import { expect, test } from "vitest";
import { Catching } from "../../src/client/groups/catching.ts";
import { asGroup, blankGroup } from "../../src/client/groups/groupchat.ts";
import type { LocalChat } from "../../src/client/mailbox/localchat.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import { messageRow } from "./pieces.ts";

const [G, H] = [`g-${"1".repeat(22)}`, `g-${"2".repeat(22)}`];
const row = (seq: number, author: string) => messageRow(seq, author, G, G);
const resync = (mailbox = G): Resync => ({
  t: "resync",
  mailbox,
  epoch: "e",
  seq: 9,
  reason: "too-long",
});

/** Loads of groups by views that answer when the spec says so. */
function loads() {
  const told: string[] = [];
  const asked: string[] = [];
  const chats = new Map<string, LocalChat>();
  const answers: (() => void)[] = [];
  const views = { fail: false };
  const catching = new Catching({
    local: {
      chats,
      meta: { user: "me" },
      seq: 70,
      keys: { clear: () => told.push("keys") },
      put: (chat: LocalChat) => chats.set(chat.peer, chat),
    },
    link: { restart: (why: string) => told.push(`restart ${why}`) },
    outcomes: {
      shown: ({ seq }: { seq: number }) => told.push(`shown ${seq}`),
      doubt: (group: string) => told.push(`doubt ${group === G ? "G" : "H"}`),
    },
    requests: {
      ask: async (view: string) => {
        asked.push(view);
        await new Promise<void>((resolve) => answers.push(resolve));
        if (views.fail) throw new Error("gone");
        if (view === "chats") return { seq: 70, result: { chats: [], more: false } };
        return { result: { messages: [row(7, "me"), row(8, "ann")], more: false } };
      },
    },
    event: ({ seq }: EventFrame) => void told.push(`event ${seq}`),
  } as never);
  /** The views answer what they have been asked, and what follows of that happens. */
  const answer = async (): Promise<void> => {
    for (const each of answers.splice(0)) each();
    for (let n = 0; n < 20; n++) await Promise.resolve();
  };
  const event = (mailbox: string, seq: number): boolean =>
    catching.holds({ mailbox, seq } as EventFrame);
  return { catching, told, asked, chats, views, answer, event };
}

test("[G12] a load tells the outbox of the user's own that it shows, and of the doubt, and then what came meanwhile", async () => {
  const { catching, told, chats, answer, event } = loads();
  expect(event(G, 1)).toBe(false);
  catching.begin(resync());
  expect([event(G, 10), event(G, 11), event(H, 10), catching.isAt(G)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  await answer();
  await answer();
  await answer();
  expect(told).toEqual(["shown 7", "doubt G", "event 10", "event 11"]);
  expect([asGroup(chats.get(G))?.seq, catching.isAt(G)]).toEqual([9, false]);
});

test("[G12] a load whose socket is gone changes nothing, and neither does one that waits behind it", async () => {
  for (const fails of [false, true]) {
    const { catching, told, asked, chats, views, answer } = loads();
    chats.set(G, blankGroup(G, "me"));
    catching.begin(resync());
    catching.begin(resync(H));
    catching.inTurn(async () => void told.push("asked behind"));
    await answer();
    await answer();
    views.fail = fails;
    catching.stop();
    await answer();
    await answer();
    expect([told, asked, catching.isAt(G)]).toEqual([[], ["chats", "history"], false]);
    expect(chats.get(G)?.seq).toBe(0);
    // The list is asked for anew on the next one.
    views.fail = false;
    catching.begin(resync());
    for (let n = 0; n < 4; n++) await answer();
    expect(asked).toEqual(["chats", "history", "chats", "history"]);
    expect(told).toEqual(["shown 7", "doubt G"]);
  }
});

test("[G12] a load that fails gives up the socket that is still there", async () => {
  const { catching, told, views, answer } = loads();
  catching.begin(resync());
  views.fail = true;
  for (let n = 0; n < 4; n++) await answer();
  expect(told).toEqual(["restart Error: gone"]);
});
