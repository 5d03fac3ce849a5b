import type { Folding } from "../../src/client/mailbox/localchat.ts";
import { Sync } from "../../src/client/mailbox/sync.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import { lonely } from "./pieces.ts";

export const G = `g-${"1".repeat(22)}`;
export const PARTS = [
  "outbox",
  "requests",
  "receipts",
  "signals",
  "presences",
  "heir",
  "following",
];

/** A device of the user `me` whose parts write down what they are told. */
export function synced() {
  const told: string[] = [];
  const folded: Folding[] = [];
  const local = lonely();
  const state = {
    link: "online",
    isMachine: false,
    behind: false,
    /** Parts whose answers a socket that is left is waited for. */
    owed: 0,
    onBegin: (): void => undefined,
    chats: [] as unknown[],
    fails: undefined as Error | undefined,
    answered: Promise.resolve(),
  };
  const say =
    (what: string) =>
    (...words: unknown[]): void =>
      void told.push(
        [what, ...words.filter((word) => word !== undefined && typeof word !== "object")].join(" "),
      );
  const part = (name: string) => ({ start: say(`start ${name}`), stop: say(`stop ${name}`) });
  const parts = Object.fromEntries(PARTS.map((name) => [name, part(name)]));
  const sync = new Sync({
    ...parts,
    local,
    link: {
      get state() {
        return state.link;
      },
      owes: (...owed: unknown[]) => void (state.owed = owed.length),
      synced: say("synced"),
      leave: say("leave"),
      restart: say("restart"),
      compare: say("compare"),
    },
    logout: {
      settled: async () => {
        await Promise.resolve();
        told.push("settled");
      },
    },
    entries: {
      all: [],
      enrol: say("enrol"),
      belongsTo: say("entries of"),
      forgetUnconfirmed: say("forget unconfirmed"),
    },
    outbox: {
      ...parts["outbox"],
      sent: (_: unknown, passed: boolean) => void told.push(`sent ${passed}`),
      met: (_: unknown, repeat: boolean) => void told.push(`met ${repeat}`),
      doubt: say("doubt"),
    },
    heir: {
      ...parts["heir"],
      begin: async () => {
        await Promise.resolve();
        told.push("begin");
        state.onBegin();
      },
      look: async () => void told.push("look"),
      yield: say("yield"),
    },
    requests: {
      ...parts["requests"],
      ask: async () => {
        await state.answered;
        if (state.fails) throw state.fails;
        return { seq: 50, result: { chats: [], more: false } };
      },
    },
    following: {
      ...parts["following"],
      get isBehind() {
        return state.behind;
      },
      takes: (frame: { mailbox?: string }) => frame.mailbox === G,
      since: () => [],
      heard: say("heard"),
      listed: say("listed"),
      about: say("about"),
    },
    machine: {
      get isOne() {
        return state.isMachine;
      },
      synced: (go: () => void) => go(),
    },
    emit: say("emit"),
    folded: (change: Folding) => void folded.push(change),
  } as never);
  const take = (frame: object): void => sync.take(frame as ServerFrame);
  const event = (seq: number, prev: number, more: object = {}, said: object = {}): void => {
    const copy = { type: "MessageSent", author: "bob", to: "me", cid: `c.${seq}`, body: "" };
    const place = { cause: seq, position: seq, sentAt: 1 };
    const event = { ...copy, ...place, ...said };
    take({ t: "event", mailbox: "me", seq, prev, at: seq, event, ...more });
  };
  const welcome = (): void => take({ t: "welcome", user: "me", epoch: "e", head: 9 });
  /** All that was told since it was asked last. */
  const says = (): string[] => told.splice(0);
  return { sync, local, state, take, event, welcome, says, folded };
}
export const settled = async (): Promise<void> => {
  for (let n = 0; n < 30; n++) await Promise.resolve();
};
