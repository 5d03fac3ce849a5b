import type { WebSocketLike } from "../../src/client/api.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import { ModelGroups } from "./groups.ts";
import { isGroup } from "../../src/events/messageid.ts";
import { ModelLog, placeOf, type Entry } from "./log.ts";
import { ModelSocket, type Serving } from "./socket.ts";

/** A server in memory that follows the protocol to the letter, and breaks what it is told to. */
export class ModelServer implements Serving {
  readonly log = new ModelLog();
  readonly groups = new ModelGroups(this);
  readonly sockets = new Set<ModelSocket>();
  /** Sessions that were opened. */
  sessions = 0;
  /** Frames as they came from clients. */
  readonly heard: ClientFrame[] = [];
  /** Hears of each of these frames, too. */
  onHeard: (frame: ClientFrame) => void = () => undefined;
  /** So many of the next sockets are told at once that their server goes away. */
  goingAway = 0;
  /** Hears of each socket that a client opens. */
  onDialled: () => void = () => undefined;
  /** A longer gap is answered with `resync`. */
  gapMax = 5000;
  /** Codes with which the next frames of a type are refused. */
  refusals: { t: ClientFrame["t"]; code: string; retryable: boolean; retryAfterMs?: number }[] = [];
  /** The broker still knows the ids of what was stored, and stores nothing twice. */
  window = true;
  /** Is the token one that is accepted? */
  accepts: (token: string) => boolean = () => true;
  /** So long a token is good for. */
  tokenMs = 43_200_000;
  /** Nobody can connect. */
  down = false;
  /** Between a send and its entry, even if its socket has ended meanwhile. */
  lagMs = 0;
  /** Rules of the protocol that a client has broken. */
  readonly breaches: string[] = [];
  /** Facts that were repeats: nobody is told of them, not even again. */
  readonly #repeats = new Set<Entry>();

  /** The class that a client opens its sockets with. */
  socket(): new (url: string) => WebSocketLike {
    // oxlint-disable-next-line typescript/no-this-alias -- a class expression has a `this` of its own
    const server = this;
    return class extends ModelSocket {
      constructor(_url: string) {
        super(server);
      }
    };
  }

  of(user: string): ModelSocket[] {
    return [...this.sockets].filter((socket) => socket.user === user);
  }

  /** Ends a user's sockets; what is on the way is lost. */
  cut(user: string, code = 1006): void {
    for (const socket of this.of(user)) socket.cut(code);
  }

  /** A user's servers go away: their sockets are closed so much later. Others are there, or `down`. */
  goAway(user: string, withinMs: number): void {
    for (const socket of this.of(user)) {
      socket.tell({ t: "goaway", withinMs });
      setTimeout(() => socket.cut(4400), withinMs);
    }
  }

  /** A user's servers have lost their log, or have it again. */
  tellOf(user: string, t: "goaway" | "stay"): void {
    for (const socket of this.of(user)) socket.tell({ t });
  }

  /** The log loses its newest entries. Copies that it lost are told again. */
  rollBack(entries: number): void {
    this.log.rollBack(entries);
    for (const socket of this.sockets) socket.cut(4410);
    const { all } = this.log;
    const told = new Set(all.map(({ event }) => ("cause" in event ? event.cause : 0)));
    for (const entry of all)
      if (!told.has(placeOf(entry)) && !this.#repeats.has(entry)) this.#copy(entry);
  }

  /** Another life of the log, which has the same entries. */
  begins(epoch: string): void {
    this.log.epoch = epoch;
    for (const socket of this.sockets) socket.cut(4410);
  }

  /** Stores an event, routes it and does what the actors do. Returns its seq. */
  store(owner: string, event: Entry["event"]): number {
    const fact = !("cause" in event);
    const repeat = fact && event.type === "MessageSent" && this.log.repeats(owner, event);
    const prev = this.log.mailbox(owner).at(-1)?.seq ?? 0;
    const entry = this.log.append(owner, event);
    for (const socket of this.of(owner)) socket.event(entry, prev);
    if (repeat) this.#repeats.add(entry);
    // An entry behind a lost end counts for nobody before that is noticed.
    else if (!this.log.isShorter) this.#copy(entry);
    return entry.seq;
  }

  #copy(entry: Entry): void {
    const { owner, event, at: sentAt } = entry;
    if ("cause" in event) return;
    if (event.type === "GroupAsked" || (event.type === "MessageSent" && isGroup(event.to)))
      return this.groups.copied(entry);
    const place = { cause: placeOf(entry), ...this.log.into };
    if (event.type === "MessageSent") {
      const { device: _, replaces: _again, key: _key, ...told } = event;
      this.store(event.to, { ...told, ...place, position: place.cause, sentAt });
    }
    if (event.type !== "MessageDelivered" && event.type !== "MessageRead") return;
    const row = this.log.chat(owner, event.peer);
    if (row === undefined) return;
    const { author, peer } = event;
    const { delivered, read } = row;
    if (read >= delivered)
      this.store(peer, { type: "MessageRead", author, peer, upTo: read, ...place });
    else
      this.store(peer, {
        type: "MessageDelivered",
        author,
        peer,
        upTo: delivered,
        read,
        ...place,
      });
  }
}
