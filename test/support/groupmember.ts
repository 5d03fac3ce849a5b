import { WebSocket } from "ws";
import type { Since } from "../../src/protocol/frames/hello.ts";
import type { Frame, Reachable } from "./device.ts";

/** Frames under way at once. */
const WINDOW = 20;
const RETRY_MS = 30;

interface Pending {
  readonly frame: Frame;
  isSaid: boolean;
}

/**
 * Member of one group with one device that keeps to docs/protocol.md: comes back after every break with a cursor of each mailbox, repeats what
 * was not answered, and keeps what it is shown of the group, over all sockets. Notes what the server may not do.
 */
export class GroupMember {
  readonly user: string;
  /** Frames of the group's events. */
  readonly shown: Frame[] = [];
  readonly wrong: string[] = [];
  /** Cids of what is stored, in the order in which it was said. */
  readonly stored: string[] = [];
  /** Codes by the cids that the group has refused. */
  readonly refused = new Map<string, string>();
  /** So many sockets it has had open, one after the other. */
  sockets = 0;
  /** The group, once somebody has told of it. */
  group: string | undefined;
  readonly #app: Reachable;
  readonly #outbox = new Map<string, Pending>();
  /** By mailbox, the last event that came. */
  readonly #footings = new Map<string, Omit<Since, "mailbox">>();
  /** The place in the group behind which the next event lies; undefined: it is not followed. */
  #place: number | undefined;
  /** By mailbox, of the life of its stream. */
  readonly #epochs = new Map<string, string>();
  #token: string | undefined;
  #ws: WebSocket | undefined;
  #isLive = false;
  #n = 0;
  #isGone = false;

  constructor(app: Reachable, user: string) {
    this.#app = app;
    this.user = user;
    void this.#connect();
  }

  /** Says something to the group. Returns its cid. */
  write(body: string): string {
    return this.#put({ t: "send", to: this.group, body });
  }

  /** Asks the group, or for one. Returns its cid. */
  ask(ask: object): string {
    return this.#put({ t: "ask", ...(this.group && { group: this.group }), ask });
  }

  get isCalm(): boolean {
    return this.#outbox.size === 0;
  }

  leave(): void {
    this.#isGone = true;
    this.#ws?.close();
  }

  #put(frame: Pending["frame"]): string {
    const cid = `${this.user}.${++this.#n}`;
    this.#outbox.set(cid, { frame, isSaid: false });
    this.#pump();
    return cid;
  }

  async #connect(): Promise<void> {
    if (this.#isGone) return;
    try {
      this.#token ??= await this.#app.token(this.user);
    } catch {
      // Nobody listens just now.
      return void setTimeout(() => void this.#connect(), RETRY_MS);
    }
    const ws = new WebSocket(this.#app.wsUrl, { origin: this.#app.url });
    this.#ws = ws;
    const since = [...this.#footings].map(([mailbox, footing]) => ({ mailbox, ...footing }));
    const hello = { t: "hello", token: this.#token, deviceId: this.user, since };
    ws.on("open", () => {
      this.sockets++;
      ws.send(JSON.stringify(hello));
    });
    ws.on("message", (data) => {
      if (ws === this.#ws) this.#hear(JSON.parse((data as Buffer).toString()) as Frame);
    });
    ws.on("error", () => ws.terminate());
    ws.once("close", () => {
      this.#isLive = false;
      this.#place = undefined;
      this.#ws = undefined;
      setTimeout(() => void this.#connect(), RETRY_MS);
    });
  }

  #pump(): void {
    if (!this.#isLive) return;
    let underWay = 0;
    for (const [cid, pending] of this.#outbox) {
      if (underWay++ >= WINDOW) return;
      if (!pending.isSaid) this.#ws?.send(JSON.stringify({ ...pending.frame, cid }));
      pending.isSaid = true;
    }
  }

  #hear(frame: Frame): void {
    switch (frame.t) {
      case "welcome":
        return void this.#epochs.set(this.user, frame["epoch"]);
      case "sent":
      case "asked":
        this.group ??= frame["group"] as string | undefined;
        return this.#answered(frame["cid"]);
      case "event":
        return frame["mailbox"] === this.user ? this.#own(frame) : this.#ofGroup(frame);
      case "caughtUp":
        return frame["mailbox"] === this.user ? this.#begin() : this.#move(frame["seq"]);
      case "follows":
        for (const { mailbox, epoch, seq } of frame["mailboxes"] as Frame[]) {
          this.#epochs.set(mailbox as string, epoch as string);
          this.group ??= mailbox as string;
          this.#place = seq as number;
        }
        return;
      case "unfollows":
        this.#place = undefined;
        return;
      case "resync":
        return void this.wrong.push(`resync of ${frame["mailbox"]}: ${frame["reason"]}`);
      case "error":
        if (!frame["retryable"]) this.wrong.push(`refused: ${frame["code"]}`);
        return this.#ws?.terminate();
    }
  }

  #begin(): void {
    this.#isLive = true;
    for (const pending of this.#outbox.values()) pending.isSaid = false;
    this.#pump();
  }

  #move(seq: number): void {
    if (this.#place !== undefined) this.#place = Math.max(this.#place, seq);
  }

  #own(frame: Frame): void {
    this.#stand(frame);
    const { event } = frame;
    if (event.type === "Refused") this.refused.set(event.cid, event.code);
    // An answer that was lost: the entry says the same.
    if (event.author === this.user && event.cid !== undefined) this.#answered(event.cid);
  }

  #ofGroup(frame: Frame): void {
    const { seq, prev } = frame as Frame & { seq: number; prev: number };
    if (this.#place === undefined) this.wrong.push(`event ${seq} of a group that is not followed`);
    const place = this.#place ?? seq - 1;
    if (prev > place) this.wrong.push(`event ${seq} follows ${prev}, but ${place} was the last`);
    if (seq <= place) this.wrong.push(`event ${seq} came after ${place}`);
    this.#place = seq;
    this.#stand(frame);
    this.shown.push(frame);
  }

  #stand({ mailbox, seq, at, generation }: Frame): void {
    const on = { seq, at, ...(generation !== undefined && { generation }) };
    const epoch = this.#epochs.get(mailbox) ?? "";
    this.#footings.set(mailbox, { epoch, seq, on });
  }

  #answered(cid: string): void {
    if (!this.#outbox.delete(cid)) return;
    this.stored.push(cid);
    this.#pump();
  }
}
