import type { StreamConfig } from "@nats-io/jetstream";
import type { Owner } from "../../events/owner.ts";
import type { Administered } from "../bundle/administered.ts";
import { ExchangeError } from "../bundle/exchange.ts";
import { putOwner } from "../owners.ts";
import type { Named } from "../streams.ts";
import {
  checkpointStream,
  mailboxStream,
  mailboxSubjects,
  ownerSubject,
  streamCreateSubject,
  streamDeleteSubject,
  streamPurgeSubject,
  streamUpdateSubject,
} from "../subjects.ts";
import { givenBy, type Portion } from "./deal.ts";
import type { Observed, SplitStep } from "./nextstep.ts";
import { firstOf, movedSubjects, wordIn, type Present } from "./observation.ts";
import { announced, heldBy, settled, sharesOf, type Running } from "./running.ts";
import { saveShare } from "./inlayout.ts";
import {
  checkpointMirror,
  keptSubjects,
  mailboxMirror,
  promotedCheckpoint,
  promotedMailbox,
} from "./streamconfig.ts";

/** A stream is changed within this, also by three servers. */
const CHANGE_MS = 60_000;
/** The broker reads the whole stream for a purge. */
const PURGE_MS = 600_000;

/** The broker, and the split that it has under way. */
export interface Site {
  readonly broker: Administered;
  readonly running: Running;
  readonly streams: Present;
}

/** Does a step for one stream: once more where it was done already changes nothing. */
type Act = (site: Site, seen: Observed) => Promise<void>;

/** Every step that is no wait. @throws ExchangeError, Error when the broker does not do it. */
export const ACTS: Readonly<Record<Exclude<SplitStep, "fill" | "hear">, Act>> = {
  async mirror({ broker, streams }, { share, mailbox, checkpoint }) {
    const source = configOf(streams, mailboxStream(share.of));
    const saved = configOf(streams, checkpointStream(share.of));
    if (mailbox === "absent") await make(broker, mailboxMirror(source, share));
    if (checkpoint === "absent") await make(broker, checkpointMirror(saved, share));
  },
  cut: (site, { share }) =>
    subject(site, share, keptSubjects(sharesOf(site.running), share.k, true)),
  async layout({ broker, running }, { share, word }) {
    if (word === undefined) throw new Error(`${mailboxStream(share.k)} says nothing of itself`);
    const type = running.stage === "back" ? "SlotsKept" : "SlotsDealt";
    await putOwner(broker.exchange.nc, share.k, said(word.owner, running, type), word.seq);
  },
  async mark({ broker, running }, { share, word }) {
    const source = await wordIn(broker.jsm, mailboxStream(share.of), share.of);
    if (source === undefined) throw new Error(`${mailboxStream(share.of)} says nothing of itself`);
    const mark = said(source.owner, running, "SlotsDealt");
    await putOwner(broker.exchange.nc, share.k, mark, word?.seq ?? 0);
  },
  release: (site, { share }) =>
    subject(site, share, keptSubjects(sharesOf(site.running), share.k, false)),
  async promote({ broker, running, streams }, { share, mailbox, checkpoint }) {
    const source = configOf(streams, mailboxStream(share.of));
    const saved = configOf(streams, checkpointStream(share.of));
    const own = (name: string): StreamConfig => configOf(streams, name);
    if (mailbox === "mirror")
      await change(
        broker,
        promotedMailbox(own(mailboxStream(share.k)), source, share, running.into),
      );
    if (checkpoint === "mirror")
      await change(broker, promotedCheckpoint(own(checkpointStream(share.k)), saved, share));
  },
  save: ({ broker, running }, { share }) => saveShare(broker, sharesOf(running), share),
  commit: (site) => restage(site, "purge"),
  async purge({ broker, running }, { share }) {
    for (const given of givenBy(sharesOf(running), share.k)) await purgeAll(broker, given);
  },
  settle: ({ broker, running, streams }, { share }) =>
    settle(broker, streams, share.k, running.into),
  async drop({ broker }, { share: { k }, mailbox, checkpoint, last, word }) {
    if (mailbox === "own" && last > (word?.seq ?? 0))
      throw new ExchangeError(
        `${mailboxStream(k)} has entries of its own by now: the split goes on, and not back`,
      );
    if (mailbox !== "absent") await remove(broker, mailboxStream(k));
    if (checkpoint !== "absent") await remove(broker, checkpointStream(k));
  },
  reopen: (site, { share }) =>
    subject(site, { ...share, k: share.of }, keptSubjects(sharesOf(site.running), share.of, true)),
  async unmark({ broker, running }, { share, word }) {
    if (word === undefined) return;
    await putOwner(broker.exchange.nc, share.k, said(word.owner, running, "SlotsKept"), word.seq);
  },
  join: (site, { share }) =>
    subject(site, share, mailboxSubjects(share.k, heldBy(site.running, share.k))),
  forget: ({ broker }, { share }) => purge(broker, mailboxStream(share.of), ownerSubject(share.k)),
  finish: ({ broker, running, streams }) =>
    settle(broker, streams, 0, running.stage === "back" ? running.held.length : running.into),
};

/** Says in `MAILBOX_0` how far the split is. */
export async function restage(
  { broker, running, streams }: Site,
  stage: Running["stage"],
  layout = running.layout,
): Promise<void> {
  const config = configOf(streams, mailboxStream(0));
  const metadata = { ...announced(config.metadata, { ...running, stage, layout }) };
  await change(broker, { ...config, metadata });
}

/** Nobody runs the stream's actors: a claim of before counts no more. */
function said({ owner: _owner, ...word }: Owner, { layout }: Running, type: Owner["type"]): Owner {
  return { ...word, type, layout };
}

function configOf(streams: Present, name: string): StreamConfig {
  const info = streams.get(name);
  if (info === undefined) throw new ExchangeError(`there is no stream ${name}`);
  return info.config;
}

const subject = (
  { broker, streams }: Site,
  { k }: Pick<Portion, "k">,
  subjects: string[],
): Promise<void> => change(broker, { ...configOf(streams, mailboxStream(k)), subjects });

/** The metadata of a stream whose split is over. */
const settle = (
  broker: Administered,
  streams: Present,
  k: number,
  dealt: number,
): Promise<void> => {
  const config = configOf(streams, mailboxStream(k));
  return change(broker, { ...config, metadata: { ...settled(config.metadata, dealt) } });
};

/** @throws ExchangeError when something lies behind the mark, which only the old stream would have. */
async function purgeAll(broker: Administered, share: Portion): Promise<void> {
  const { k, of } = share;
  const mark = (await wordIn(broker.jsm, mailboxStream(k), k))?.seq ?? 0;
  for (const moved of movedSubjects(share)) {
    const late = await firstOf(broker.jsm, mailboxStream(of), moved, mark + 1);
    if (late !== undefined)
      throw new ExchangeError(
        `${mailboxStream(of)} has an entry of ${moved} at ${late}, behind the mark at ${mark}: nothing of it is purged; report this`,
      );
    await purge(broker, mailboxStream(of), moved);
  }
}

const make = ({ exchange }: Administered, config: Named): Promise<string> =>
  exchange.ask(streamCreateSubject(config.name), JSON.stringify(config), CHANGE_MS);

async function change({ exchange }: Administered, config: Named): Promise<void> {
  await exchange.ask(streamUpdateSubject(config.name), JSON.stringify(config), CHANGE_MS);
}

async function purge({ exchange }: Administered, stream: string, filter: string): Promise<void> {
  await exchange.ask(streamPurgeSubject(stream), JSON.stringify({ filter }), PURGE_MS);
}

async function remove({ exchange }: Administered, stream: string): Promise<void> {
  await exchange.ask(streamDeleteSubject(stream), "", CHANGE_MS);
}
