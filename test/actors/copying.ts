import type { Actor } from "../../src/actors/actor.ts";
import { Outgoing } from "../../src/actors/outgoing.ts";
import { Progress } from "../../src/actors/progress.ts";
import { tellingOf, type Telling } from "../../src/actors/user.ts";
import { open, type Entry } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { NOTHING_YET } from "../../src/rules/watermarks.ts";
import { mailbox } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";

const alice = mailbox("alice");
/** As many as are under way to one stream. */
export const WAY = 2_048;

type Known = Parameters<typeof tellingOf>[1];

/** The copies of one partition, over a log in memory. */
export function partition() {
  const log = new Map<number, Entry>();
  const going: { cause: number; copy: object; stored: () => void }[] = [];
  const read: (readonly number[])[] = [];
  let seq = 0;
  const progress = new Progress(0);
  const told = { stored: 0 };
  let isAway = false;
  const outgoing = new Outgoing(
    {
      streams: {
        own: 0,
        of: (owner) => ["near", "far", "fat", "g-"].findIndex((each) => owner.startsWith(each)),
      },
      copy: (_, copy) =>
        new Promise<void>((stored) => {
          going.push({ cause: "cause" in copy ? (copy.cause ?? 0) : 0, copy, stored });
        }),
      at: async (seqs) => {
        read.push(seqs);
        if (isAway) throw new Error("no leader");
        return seqs.flatMap((each) => log.get(each) ?? []);
      },
    },
    { progress, stored: () => void told.stored++, log: silent },
  );
  const actor = { owner: "alice", pending: 0 } as Actor;
  /** The next entry of somebody, and what is told of it. */
  const says = (make: (seq: number) => Entry, known: Partial<Known>): Telling | undefined => {
    const entry = make(++seq);
    log.set(seq, entry);
    progress.take(seq);
    const mail = open(entry) as Extract<Mail, { kind: "fact" }>;
    const telling = tellingOf(mail, { mine: NOTHING_YET, under: 0, knows: 0, ...known });
    const by = { owner: entry.owner, pending: 0 } as Actor;
    if (telling !== undefined) outgoing.tell(by, { seq, kind: "fact" }, telling);
    return telling;
  };
  const tells = (to: string, body = "x", kind: "fact" | "copy" = "fact"): number => {
    const entry = alice.sent(++seq, to, `phone.${seq}`, body);
    log.set(seq, entry);
    progress.take(seq);
    const copy = { type: "MessageSent", author: "alice", to, cid: `phone.${seq}`, body } as const;
    const place = { cause: seq, position: seq, sentAt: entry.at };
    outgoing.tell(actor, { seq, kind }, { to, copy: { ...copy, ...place } });
    return seq;
  };
  /** The first that are under way are stored. */
  const stores = async (count: number): Promise<void> => {
    for (const { stored } of going.splice(0, count)) stored();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const causes = (): number[] => going.map(({ cause }) => cause);
  const away = (is: boolean): void => void (isAway = is);
  return { outgoing, actor, progress, going, read, log, told, says, tells, stores, causes, away };
}
