import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { Owner } from "../../events/owner.ts";
import { seqOf } from "../../events/position.ts";
import { READ_ONLY, records } from "../kv/records.ts";
import type { OwnerEntry } from "../owners.ts";
import { dealtIn } from "../streams.ts";
import {
  checkpointStream,
  mailboxStream,
  mailboxSubjects,
  ownerSubject,
  slotsOf,
} from "../subjects.ts";
import { givenBy, type Portion } from "./deal.ts";
import type { Observed } from "./nextstep.ts";
import { heldBy, sharesOf, type Running } from "./running.ts";

/** The streams of a split as they lie at the broker. Leaders are asked, since replicas may be behind, and mirrors answer in their source's name. */

/** All streams of the broker, by name. */
export type Present = ReadonlyMap<string, StreamInfo>;

/** @throws Error when the broker does not answer. */
export async function streamsAt(jsm: JetStreamManager): Promise<Present> {
  const there = new Map<string, StreamInfo>();
  for await (const info of jsm.streams.list()) there.set(info.config.name, info);
  return there;
}

/** The last word on `owner.<k>` that lies in a stream; undefined: there is none. @throws Error when it cannot be read. */
export async function wordIn(
  jsm: JetStreamManager,
  stream: string,
  k: number,
): Promise<OwnerEntry | undefined> {
  const found = await jsm.streams.getMessage(stream, { last_by_subj: ownerSubject(k) });
  return found === null ? undefined : { seq: found.seq, owner: Owner.parse(found.json()) };
}

/** The subjects of everything that has to go from the old stream to a new one, that of its mark last. */
export function movedSubjects({ k, slots }: Portion): string[] {
  const [mark = "", ...subjects] = mailboxSubjects(k, slots);
  return [...subjects, mark];
}

/** Seq of the first entry of a subject from `seq` on; undefined: there is none. */
export async function firstOf(
  jsm: JetStreamManager,
  stream: string,
  subject: string,
  seq = 1,
): Promise<number | undefined> {
  // The library does not know of it.
  const query = { seq, next_by_subj: subject } as { seq: number };
  const found = await jsm.streams.getMessage(stream, query);
  return found?.seq;
}

/** The streams of a split, by number, where `there` are those of the broker. @throws Error when the broker does not answer. */
export async function seenOf(
  jsm: JetStreamManager,
  running: Running,
  there: Present,
): Promise<Observed[]> {
  const shares = sharesOf(running);
  const isPromoted = shares.every(({ k }) => formOf(there.get(checkpointStream(k))) === "own");
  const look = async (share: Portion): Promise<Observed> => {
    const info = there.get(mailboxStream(share.k));
    const mailbox = formOf(info);
    const holder = mailboxStream(mailbox === "own" ? share.k : share.of);
    const word = await wordIn(jsm, holder, share.k);
    const given = givenBy(shares, share.k);
    const isSaved = running.stage === "there" && isPromoted && (await hasSaved(jsm, share, word));
    return {
      share,
      mailbox,
      checkpoint: formOf(there.get(checkpointStream(share.k))),
      subjects: subjectsOf(info, heldBy(running, share.k).length, given),
      isFilled: isFilled(there, share),
      last: info?.state.last_seq ?? 0,
      word,
      isSaved,
      hasLeft: running.stage === "purge" && (await hasLeft(jsm, share, given)),
      dealt: dealtIn(info?.config),
    };
  };
  const all: Observed[] = [];
  for (const share of shares) all.push(await look(share));
  return all;
}

const formOf = (info: StreamInfo | undefined): Observed["mailbox"] => {
  if (info === undefined) return "absent";
  return info.config.mirror === undefined ? "own" : "mirror";
};

function subjectsOf(
  info: StreamInfo | undefined,
  held: number,
  given: readonly Portion[],
): Observed["subjects"] {
  const subjects = info?.config.subjects ?? [];
  if (slotsOf(subjects).length === held) return "all";
  return given.some(({ k }) => subjects.includes(ownerSubject(k))) ? "marking" : "kept";
}

/** Its lag is 0, which it also is before the mirror has heard of its source; and it has every checkpoint. */
function isFilled(there: Present, { k, of }: Portion): boolean {
  const mirror = there.get(mailboxStream(k))?.mirror;
  const [source, own] = [there.get(checkpointStream(of)), there.get(checkpointStream(k))];
  const isHeard = mirror !== undefined && mirror.active >= 0;
  return isHeard && mirror.lag === 0 && source?.state.messages === own?.state.messages;
}

async function hasSaved(
  jsm: JetStreamManager,
  { k }: Portion,
  word: OwnerEntry | undefined,
): Promise<boolean> {
  const highest = await records(k, { jsm }, READ_ONLY, Date.now, jsm.streams).highest();
  return word !== undefined && seqOf(highest?.anchor?.position ?? 0) >= word.seq;
}

async function hasLeft(
  jsm: JetStreamManager,
  { k }: Portion,
  given: readonly Portion[],
): Promise<boolean> {
  for (const subject of given.flatMap(movedSubjects))
    if ((await firstOf(jsm, mailboxStream(k), subject)) !== undefined) return true;
  return false;
}
