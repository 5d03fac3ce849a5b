import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Msg } from "@nats-io/transport-node";
import type { Logger } from "pino";
import type { HandedOut, HandoutSource, Offering, OtherReplicas } from "../projections/ports.ts";
import { HandoutQuestion, HandoutState, Offer, PART_BYTES } from "../protocol/internal/handout.ts";
import { readReplicaWord } from "../protocol/internal/replica.ts";
import { readSumWord } from "../protocol/internal/sums.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import {
  handoutSubject,
  offerSubject,
  REPLICA_SUBJECTS,
  replicaSubject,
  sumsSubject,
} from "./subjects.ts";
import { isNobody, VIEW_QUEUE } from "./questions.ts";

/** A peer answers within this … */
const ANSWER_MS = 2_000;
/** … or is asked again, so often in a row. */
const TRIES = 3;
/** Parts asked for ahead of the one that is written: 1 MiB. */
const AHEAD = 8;
/** Between looks whether a peer has made a copy, or can make one. */
const LOOK_MS = 200;
/** Looks at a peer that makes no more copies just now: 20 s, in which the log would be read as well. */
const BUSY_LOOKS = 100;
/** Looks at a copy that is being made: 10 minutes, which is some hundred GiB. */
const MAKING_LOOKS = 3_000;

/** Offers the file of a stream's views to peers of the same kin, as one of those that can, until the returned function is called. */
export function offerFile(
  { nc }: Pick<Link, "nc">,
  { stream, self }: { readonly stream: string; readonly self: string },
  { kin, begin }: Offering,
  log: Logger,
): () => void {
  const subject = offerSubject(stream, kin);
  return listen(nc, log, { subject, queue: VIEW_QUEUE }, (msg) => {
    const asked = questionIn(msg, log);
    if (asked === undefined) return;
    const offer: Offer = begin(asked.handout) ? { at: self } : { busy: true };
    msg.respond(JSON.stringify(offer));
  });
}

/** The other replicas over core NATS. `self`: the name of this one in this start. */
export const peers = (link: Pick<Link, "nc" | "connected">, self: string, log: Logger) =>
  ({
    say(word) {
      if (link.connected()) link.nc.publish(replicaSubject(word.host), JSON.stringify(word));
    },
    onWord: (hear) =>
      listen(link.nc, log, { subject: REPLICA_SUBJECTS }, (msg) => {
        const word = readReplicaWord(msg.string());
        if (word !== undefined && replicaSubject(word.host) === msg.subject) hear(word);
        else log.debug({ subject: msg.subject }, "a replica's word cannot be read");
      }),
    saySum(stream, kin, word) {
      if (link.connected()) link.nc.publish(sumsSubject(stream, kin), JSON.stringify(word));
    },
    onSum: (stream, kin, hear) =>
      listen(link.nc, log, { subject: sumsSubject(stream, kin) }, (msg) => {
        const word = readSumWord(msg.string());
        if (word !== undefined) hear(word);
        else log.debug({ subject: msg.subject }, "a replica's sum cannot be read");
      }),
    async handout(stream, kin, signal) {
      const handout = randomBytes(9).toString("base64url");
      const at = await found(link, offerSubject(stream, kin), handout, signal);
      if (at === undefined) return undefined;
      const peer = new Peer(link, at, handout, signal);
      const { bytes, sha256 } = await peer.whole();
      return { bytes, sha256, parts: peer.parts(bytes) };
    },
    onHandout: (handouts) =>
      listen(
        link.nc,
        log,
        { subject: handoutSubject(self) },
        (msg) => answer(handouts, msg, log),
        (line) => log.warn(line, "views could not be copied for a peer"),
      ),
  }) satisfies OtherReplicas;

/** undefined: it is no question for a file. */
function questionIn(msg: Msg, log: Logger): HandoutQuestion | undefined {
  try {
    return HandoutQuestion.parse(msg.json());
  } catch {
    log.debug({ subject: msg.subject }, "a question for a file cannot be read");
    return undefined;
  }
}

async function answer(handouts: HandoutSource, msg: Msg, log: Logger): Promise<void> {
  const asked = questionIn(msg, log);
  if (asked === undefined) return;
  const { handout, from } = asked;
  if (from === undefined) msg.respond(JSON.stringify(handouts.state(handout)));
  else msg.respond(await handouts.part(handout, from));
}

/** The replica that has begun to make the copy; undefined: none can. */
async function found(
  { nc }: Pick<Link, "nc">,
  subject: string,
  handout: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const question = JSON.stringify({ handout } satisfies HandoutQuestion);
  for (let look = 0; look < BUSY_LOOKS && !signal.aborted; look++) {
    try {
      const msg = await nc.request(subject, question, { timeout: ANSWER_MS });
      const offer = Offer.parse(msg.json());
      if ("at" in offer) return offer.at;
    } catch (error) {
      if (isNobody(error)) return undefined;
      throw error;
    }
    await pause(LOOK_MS);
  }
  return undefined;
}

/** A replica that hands a copy out. */
class Peer {
  readonly #link: Pick<Link, "nc">;
  readonly #subject: string;
  readonly #handout: string;
  readonly #signal: AbortSignal;

  constructor(link: Pick<Link, "nc">, at: string, handout: string, signal: AbortSignal) {
    this.#link = link;
    this.#subject = handoutSubject(at);
    this.#handout = handout;
    this.#signal = signal;
  }

  /** Waits until the copy is made. @throws Error when it is not. */
  async whole(): Promise<Pick<HandedOut, "bytes" | "sha256">> {
    for (let look = 0; look < MAKING_LOOKS; look++) {
      const state = HandoutState.parse((await this.#ask()).json());
      if (state.is === "whole") return state;
      if (state.is === "gone") break;
      await pause(LOOK_MS);
    }
    throw new Error("the peer has made no copy");
  }

  /** The parts, in order, a few asked for ahead. @throws Error when one does not come. */
  async *parts(bytes: number): AsyncGenerator<Uint8Array> {
    const ahead: Promise<Msg>[] = [];
    for (let from = 0; from < bytes || ahead.length > 0;) {
      for (; from < bytes && ahead.length < AHEAD; from += PART_BYTES) {
        const part = this.#ask(from);
        // Answers behind one that has failed are of no interest.
        part.catch(() => undefined);
        ahead.push(part);
      }
      const part = await ahead.shift();
      if (part === undefined || part.data.length === 0)
        throw new Error("the peer has the copy no longer");
      yield part.data;
    }
  }

  async #ask(from?: number): Promise<Msg> {
    const question = { handout: this.#handout, ...(from !== undefined && { from }) };
    for (let tries = 1; ; tries++) {
      this.#signal.throwIfAborted();
      try {
        return await this.#link.nc.request(this.#subject, JSON.stringify(question), {
          timeout: ANSWER_MS,
        });
      } catch (error) {
        if (isNobody(error) || tries >= TRIES) throw error;
      }
    }
  }
}
