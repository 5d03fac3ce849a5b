import { isGroup } from "../../events/messageid.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { NOTHING_YET, type Watermarks } from "../../rules/watermarks.ts";
import { isRecent, type ClockReading } from "../moment.ts";
import type { LocalChat } from "./localchat.ts";

/** Of what the server takes from one user: the user's other devices have as much to say after an absence. */
const SHARE = 0.5;
/** Before saying again what was refused for now, when the server does not say. */
const AGAIN_MS = 1000;
/** Between two turns of what is waiting for room. */
const DRAIN_MS = 200;
/** Receipts of one group, between two: everybody in it has as much to say. */
const GROUP_EVERY_MS = 1_000;
/** A receipt that was told so long before the connection broke has been stored. */
const SETTLED_MS = 60_000;

type Mark = Extract<ClientFrame, { t: "delivered" | "read" }>;

/** A chat as far as receipts are about it: what has arrived and was read here, and what the log knows of that. */
export type ReadingState = Pick<LocalChat, "peer" | "mine" | "seen" | "received" | "group">;

interface Ports {
  chats: Pick<ReadonlyMap<string, ReadingState>, "get" | "keys">;
  send(mark: Mark): void;
  /** The share that the server takes of one user; undefined while there is no session. */
  limits(): { marksPerSecond: number; marksBurst: number } | undefined;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
  moment(): ClockReading;
}

/** Tells the server what has been received and read: one watermark per chat, spread over time. */
export class Receipts {
  readonly #ports: Ports;
  /** On this connection; whether it was stored, the mailbox tells. */
  readonly #told = new Map<string, Watermarks>();
  /** Peers about whom there is something to tell, in the order in which it came up. */
  readonly #due = new Set<string>();
  /** When something was last told of each group. */
  readonly #toldAt = new Map<string, number>();
  /** Groups whose log may have lost what was told. */
  readonly #anew = new Set<string>();
  /** When a human looked at the chat, until that was told. */
  readonly #looked = new Map<string, ClockReading>();
  #open = false;
  #room = 0;
  #countedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** A human looks at the chat now. */
  looked(peer: string): void {
    this.#looked.set(peer, this.#ports.moment());
  }

  tell(peers: Iterable<string>): void {
    if (!this.#open) return;
    for (const peer of peers) this.#due.add(peer);
    this.#drain();
  }

  /** The receipts of this user's other devices are known by now. */
  start(): void {
    this.#open = true;
    this.tell(this.#ports.chats.keys());
  }

  /** A generation of the group's log began: what was told may have been lost with the one before. */
  anew(group: string): void {
    this.#told.delete(group);
    this.#anew.add(group);
    this.tell([group]);
  }

  /** A receipt for this peer was refused for now. */
  refused(peer: string, afterMs: number = AGAIN_MS): void {
    if (!this.#open || !this.#told.delete(peer)) return;
    this.#due.add(peer);
    this.#room = Math.min(this.#room, 0);
    this.#wait(afterMs);
  }

  stop(): void {
    this.#forget();
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Marks are told again, if the own mailbox does not show them. That a group's message was received it never does. */
  #forget(): void {
    for (const [peer, { delivered }] of this.#told)
      if (isGroup(peer) && this.#restedMs(peer) >= SETTLED_MS)
        this.#told.set(peer, { ...NOTHING_YET, delivered });
      else this.#told.delete(peer);
  }

  /** For so long nothing was told of it. */
  #restedMs(group: string): number {
    return this.#ports.elapsed() - (this.#toldAt.get(group) ?? -Infinity);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#drain();
    }, ms);
  }

  #drain(): void {
    const limits = this.#ports.limits();
    if (this.#timer !== undefined || limits === undefined) return;
    const { marksPerSecond, marksBurst } = limits;
    const now = this.#ports.elapsed();
    const grown = ((now - this.#countedAt) / 1000) * marksPerSecond * SHARE;
    this.#room = Math.min(Math.max(1, marksBurst * SHARE), this.#room + grown);
    this.#countedAt = now;
    for (const peer of [...this.#due].filter((each) => this.#restedMs(each) >= GROUP_EVERY_MS)) {
      if (this.#room < 1) break;
      this.#due.delete(peer);
      const chat = this.#ports.chats.get(peer);
      if (chat && chat.group?.upTo === undefined) this.#tell(chat);
    }
    if (this.#due.size > 0) this.#wait(DRAIN_MS);
  }

  #tell({ peer, mine, seen, received }: ReadingState): void {
    const told = this.#told.get(peer) ?? NOTHING_YET;
    const known = this.#anew.delete(peer) ? NOTHING_YET : mine;
    const room = this.#room;
    if (seen > Math.max(known.read, told.read)) this.#say(this.#read(peer, seen));
    // Read implies delivered.
    if (received > Math.max(known.delivered, told.delivered, seen))
      this.#say({ t: "delivered", peer, upTo: received });
    this.#told.set(peer, { delivered: received, read: seen });
    if (this.#room < room && isGroup(peer)) this.#toldAt.set(peer, this.#ports.elapsed());
  }

  /** A human's once; what a machine repeats is no sign of a human. */
  #read(peer: string, upTo: number): Mark {
    const at = this.#looked.get(peer);
    this.#looked.delete(peer);
    const auto = at === undefined || !isRecent(at, this.#ports.moment());
    return { t: "read", peer, upTo, ...(auto && { auto }) };
  }

  /** The name of a mark is its peer: a refusal says so. */
  #say(mark: Mark): void {
    this.#room--;
    this.#ports.send({ ...mark, ref: mark.peer });
  }
}
