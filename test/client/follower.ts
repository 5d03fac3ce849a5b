import { vi } from "vitest";
import { blankGroup, type GroupChat } from "../../src/client/groups/groupchat.ts";
import { GroupSync } from "../../src/client/groups/groupsync.ts";
import { mailOf } from "../../src/client/mailbox/chat.ts";
import type { Folding, LocalChat } from "../../src/client/mailbox/localchat.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { EventFrame } from "../../src/protocol/frames/mailbox.ts";
import { lonely } from "./pieces.ts";

export const idOf = (n: number): string => `g-${String(n).padStart(22, "0")}`;
export const G = idOf(1);
export const PLACES = 2 ** 44;
const rules = { send: "all", edit: "all", add: "all" } as const;
const details = { name: "Chess", rules, members: 2, receipts: true };

/** A group that the device follows, up to 20. */
export const group = (
  more: Partial<LocalChat> = {},
  side: Partial<GroupChat["group"]> = {},
): GroupChat => {
  const blank = blankGroup(G, "me");
  const of = { ...blank.group, epoch: "e", from: 1, info: { rules }, ...side };
  return { ...blank, seq: 20, ...more, group: of };
};

/** A member's device with these chats; the views answer `details` unless told otherwise. */
export function member(...chats: LocalChat[]) {
  const local = lonely();
  local.belongsTo("me");
  for (const chat of chats) local.put(chat);
  const told: string[] = [];
  const asked: string[] = [];
  const folded: Folding[] = [];
  const views = {
    ask: async (view: string, { atLeast }: { atLeast: number }): Promise<unknown> => {
      asked.push(`${view} ${atLeast}`);
      if (view === "group") return { result: details };
      return {
        seq: 0,
        result: view === "chats" ? { chats: [], more: false } : { messages: [], more: false },
      };
    },
  };
  const say =
    (what: string) =>
    (...words: unknown[]): void =>
      void told.push([what, ...words.filter((word) => typeof word === "string")].join(" "));
  const sync = new GroupSync({
    local,
    link: { restart: say("restart") },
    outcomes: {
      shown: say("shown"),
      doubt: say("doubt"),
      stored: (_: unknown, repeat: boolean) => void told.push(`stored ${repeat}`),
      refused: say("refused"),
      declined: say("declined"),
    },
    requests: { ask: async (...args: Parameters<typeof views.ask>) => views.ask(...args) },
    receipts: { anew: say("anew") },
    emit: say("emit"),
    folded: (change: Folding) => void folded.push(change),
  } as never);
  const chat = (id = G): LocalChat | undefined => local.chats.get(id);
  const follows = (more: object = {}): void =>
    sync.follows({
      t: "follows",
      mailboxes: [{ mailbox: G, epoch: "e", seq: 20, head: 20, ...more }],
    });
  const event = (seq: number, prev: number, said: object = {}): boolean =>
    sync.takes({
      t: "event",
      mailbox: G,
      seq,
      prev,
      at: seq,
      event: {
        type: "MessageSent",
        author: "ann",
        to: G,
        cid: `c.${seq}`,
        body: "",
        cause: 1,
        of: 1,
        sentAt: 1,
        ...said,
      },
    } as unknown as ServerFrame);
  /** An event of the own mailbox about the group. */
  const about = (seq: number, said: object): void => {
    const frame = { t: "event", mailbox: "me", seq, prev: 0, at: seq, event: said };
    const mail = mailOf(frame as unknown as EventFrame);
    if (mail !== undefined) sync.about(mail, G, "own");
  };
  return { sync, about, local, told, asked, folded, views, chat, follows, event };
}
export const settled = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
