import { ChatError } from "../client/error.ts";
import type { OutboxEntry } from "../client/outbox/entry.ts";
import type { LocalChat } from "../client/mailbox/localchat.ts";
import type { Machine, Works } from "../client/machine.ts";
import type { ReadingState } from "../client/mailbox/receipts.ts";
import type { Welcome } from "../protocol/frames/hello.ts";
import type { ServerFrame } from "../protocol/frames/frame.ts";
import type { EventFrame, Resync } from "../protocol/frames/mailbox.ts";
import { rankOf } from "./fence.ts";
import { follow } from "./follow.ts";
import { Ledger } from "./ledger.ts";
import type { ChatTrack } from "./chattrack.ts";

/** Own sessions that are remembered: those that may still be open anywhere, and far more. */
const OWN_MAX = 1_000;
/** The wait before the views are asked again that did not answer. */
const AGAIN_MS = 1_000;

interface Ports {
  /** On duty, or no longer. */
  changed(): void;
  /** There may be something to do in the chat. */
  look(track: ChatTrack): void;
  /** Nothing that was known of the chats holds any more. */
  wiped(): void;
  failed(error: unknown): void;
  /** Does it work in groups, too? */
  readonly groups: boolean;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
}

/** Decides when a bot may work: while no older session of its device but its own is open in the mailbox. */
export class Duty implements Machine {
  readonly isOne = true;
  readonly #ports: Ports;
  readonly #own = new Set<string>();
  #attached: { readonly parts: Works; readonly ledger: Ledger } | undefined;
  /** Of the last socket that was welcomed … */
  #coming: Welcome | undefined;
  /** … and of the one that is in use. */
  #welcome: Welcome | undefined;
  /** Seq of the last closing that has come. */
  #closedAt = 0;
  #isOn = false;
  /** Counts sockets in use: what was begun on another one is void. */
  #round = 0;
  #wake: () => void = () => undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  get ledger(): Ledger {
    return this.#with.ledger;
  }

  attach(parts: Works): void {
    this.#attached = { parts, ledger: new Ledger(parts, this.#ports) };
  }

  heard(frame: ServerFrame): void {
    // Groups have mailboxes of their own, whose seqs say nothing about the bot's.
    const inGroups = this.ledger.heard(frame);
    if (inGroups !== undefined) for (const track of inGroups) this.#ports.look(track);
    else if (frame.t === "welcome") this.#welcomed(frame);
    else if (frame.t === "resync") this.#resynced(frame);
    else if (frame.t === "event" && this.ledger.takes(frame)) this.#event(frame);
  }

  synced(start: () => void): void {
    this.#welcome = this.#coming;
    this.#begun();
    void this.#enter(this.#round, start);
  }

  lost(): void {
    this.#begun();
    this.#goOff();
  }

  standing(chat: LocalChat): ReadingState {
    return this.ledger.standing(chat);
  }

  /** An answer that can never be sent is forgotten: the try at its message has failed. */
  refused({ cid, to, key = "", error = "internal" }: OutboxEntry): void {
    this.#with.parts.entries.remove(cid);
    this.ledger.refused(to, key, new ChatError(error, { retryable: false }));
  }

  /** More of a chat is finished: the log is told. */
  tell(peer: string): void {
    this.#with.parts.receipts.tell([peer]);
  }

  get #with(): { readonly parts: Works; readonly ledger: Ledger } {
    if (this.#attached === undefined) throw new Error("a bot's client is made first");
    return this.#attached;
  }

  #welcomed(welcome: Welcome): void {
    if (this.#coming !== undefined && this.#coming.user !== welcome.user) this.#wipe();
    this.#coming = welcome;
    this.#own.add(welcome.sessionId);
    for (const first of this.#own) {
      if (this.#own.size <= OWN_MAX) return;
      this.#own.delete(first);
    }
  }

  #resynced({ reason, seq }: Resync): void {
    // Of another life of the log nothing is known; what was only too long is read again.
    if (reason !== "too-long") this.#wipe();
    this.ledger.skip(seq);
  }

  #wipe(): void {
    this.#closedAt = 0;
    this.ledger.wipe();
    this.#ports.wiped();
  }

  #event(frame: EventFrame): void {
    const news = follow(frame, this.#with.parts.local.meta.deviceId);
    if (news === undefined) return;
    if (news.what === "closed") {
      this.#closedAt = frame.seq;
      this.#wake();
      return;
    }
    const track = this.ledger.follow(news, frame.seq);
    if (track !== undefined) this.#ports.look(track);
  }

  /** From the moment in which everything has come to that in which the bot works. */
  async #enter(round: number, start: () => void): Promise<void> {
    while (round === this.#round) {
      try {
        if (!(await this.#admitted(round))) return;
        // It has moved, and nobody has come between.
        if (this.#isOn) return start();
        await this.ledger.load();
        await this.ledger.clear();
        if (round === this.#round) this.#begin(start);
        return;
      } catch (error) {
        if (round !== this.#round) return;
        this.#ports.failed(error);
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }

  /** Another socket is in use, or none. */
  #begun(): void {
    this.#round++;
    this.#wake();
  }

  #goOff(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#ports.changed();
  }

  #begin(start: () => void): void {
    this.#isOn = true;
    start();
    this.#ports.changed();
    for (const track of this.ledger.tracks) this.#ports.look(track);
  }

  /** Resolves when no older session is open; false: this one has ended. @throws ChatError */
  async #admitted(round: number): Promise<boolean> {
    const { sessionId = "", head = 0 } = this.#welcome ?? {};
    while (round === this.#round) {
      const atLeast = Math.max(head, this.#closedAt);
      const { result } = await this.#with.parts.requests.ask("sessions", { atLeast });
      const place = rankOf(result.sessions, sessionId, this.#own);
      if (place.is !== "wait") return place.is === "admitted" && round === this.#round;
      // A standby that came between two sessions of this bot begins when the first one ends: this one is off duty by then.
      this.#goOff();
      this.#with.parts.link.leave();
      // A closing that has come meanwhile is asked about at once.
      if (round === this.#round && this.#closedAt <= atLeast) await this.#sleep(place.ms);
    }
    return false;
  }

  /** Until the next closing, or so long. */
  #sleep(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
