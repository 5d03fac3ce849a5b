import { isGroup } from "../../src/events/messageid.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { Send } from "../../src/protocol/frames/send.ts";
import type { Entry, ModelLog } from "./log.ts";

/** The server, as the sends of a socket need it. */
export interface Storing {
  readonly log: ModelLog;
  readonly window: boolean;
  readonly lagMs: number;
  readonly breaches: string[];
  store(owner: string, event: Entry["event"]): number;
}

/** Numbers that an instance may have unanswered, from the lowest on. */
const WINDOW = 32;

/**
 * The sends of one socket: stored in order, each a while after it came, even if the socket has ended by
 * then. Notes where a client breaks a rule.
 */
export class ModelGate {
  readonly #server: Storing;
  readonly #tell: (frame: ServerFrame) => void;
  readonly unanswered = new Set<Send>();
  /** Sends that are unanswered on the user's other open sockets. */
  readonly #elsewhere: () => readonly Send[];
  readonly #highest = new Map<string, number>();
  #lane: Promise<unknown> = Promise.resolve();

  constructor(
    server: Storing,
    tell: (frame: ServerFrame) => void,
    elsewhere: () => readonly Send[],
  ) {
    this.#server = server;
    this.#tell = tell;
    this.#elsewhere = elsewhere;
  }

  take(user: string, send: Send): void {
    const [instance, n] = halves(send.cid);
    if (n <= (this.#highest.get(instance) ?? 0) - WINDOW)
      return this.#refuse(send, "cid.not_rising");
    this.#judge(user, send);
    this.unanswered.add(send);
    this.#highest.set(instance, Math.max(n, this.#highest.get(instance) ?? 0));
    const due = pass(this.#server.lagMs);
    this.#lane = this.#lane.then(() => due).then(() => this.#store(user, send));
  }

  #judge(user: string, { cid, to }: Send): void {
    const { breaches, log } = this.#server;
    const [instance, n] = halves(cid);
    // Another tab has a socket and an instance of its own.
    const isOwn = (other: Send): boolean => halves(other.cid)[0] === instance;
    for (const other of [...this.unanswered, ...this.#elsewhere().filter(isOwn)]) {
      // Its event is an answer, too: it came by another gateway.
      if (log.sent(user, other.cid) !== undefined) continue;
      const [its, lower] = halves(other.cid);
      if (other.to === to) breaches.push(`${cid} beside ${other.cid}, both to ${to}`);
      if (its === instance && n - lower >= WINDOW) breaches.push(`${cid} beyond ${other.cid}`);
    }
  }

  #store(user: string, send: Send): void {
    const { cid, to, replaces, t: _, v: _v, ref: _ref, auto: _auto, mentions, ...content } = send;
    this.unanswered.delete(send);
    const known = this.#server.window && this.#server.log.sent(user, cid);
    const isOther = (event: object): boolean =>
      (["to", "body", "data", "key"] as const).some(
        (name) => JSON.stringify(send[name]) !== JSON.stringify((event as Send)[name]),
      );
    if (known && isOther(known.event)) return this.#refuse(send, "cid.taken");
    const again = replaces === undefined ? {} : { replaces };
    const named = mentions === undefined ? {} : { mentions: [...mentions] };
    const said = { author: user, to, device: "d", cid, ...content, ...again, ...named };
    const seq = known ? known.seq : this.#server.store(user, { type: "MessageSent", ...said });
    this.#tell({
      t: "sent",
      cid,
      ...(!isGroup(to) && { id: `${user}:${seq}` }),
      seq,
      durability: "stored",
    });
  }

  #refuse({ cid }: Send, code: string): void {
    this.#tell({ t: "error", code, message: code, retryable: false, cid });
  }
}

function halves(cid: string): [instance: string, n: number] {
  const [instance = "", n] = cid.split(".");
  return [instance, Number(n)];
}

/** No time at all is no turn of the clock. */
const pass = (ms: number): Promise<void> =>
  ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
