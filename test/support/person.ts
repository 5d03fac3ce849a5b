import { WebSocket } from "ws";
import type { Since } from "../../src/protocol/frames/hello.ts";
import type { App } from "./app.ts";
import type { Frame } from "./device.ts";
import type { Note } from "./history.ts";

/** Sends under way at once. */
const WINDOW = 20;
const RETRY_MS = 30;

/**
 * Somebody with one device that keeps to docs/protocol.md: comes back after every break, repeats
 * what was not acknowledged, and reads what comes. Notes what happens, and what the server may not do.
 */
export class Person {
  readonly user: string;
  /** Every seq that came, over all sockets. */
  readonly seqs: number[] = [];
  readonly wrong: string[] = [];
  /** How far each peer has read, of what this person wrote. */
  readonly readBy = new Map<string, number>();
  /** Position of the last message to each peer that is stored. */
  readonly storedFor = new Map<string, number>();
  /** Stored messages. */
  acked = 0;
  readonly #app: App;
  readonly #notes: Note[];
  readonly #device: string;
  readonly #outbox = new Map<string, { to: string; body: string; said: boolean }>();
  readonly #texts = new Map<string, string>();
  readonly #received = new Map<string, number>();
  #cursor: Omit<Since, "mailbox"> | undefined;
  #token: string | undefined;
  #ws: WebSocket | undefined;
  #live = false;
  #n = 0;
  #gone = false;

  constructor(app: App, user: string, notes: Note[], device = `${user}-phone`) {
    this.#app = app;
    this.user = user;
    this.#notes = notes;
    this.#device = device;
    notes.push({ what: "joins", user, device });
    void this.#connect();
  }

  write(to: string, body: string): void {
    this.#notes.push({ what: "sends", author: this.user, to, text: body });
    const cid = `${this.#device}.${++this.#n}`;
    this.#texts.set(cid, body);
    this.#outbox.set(cid, { to, body, said: false });
    this.#pump();
  }

  /** Sends that are not acknowledged. */
  get waiting(): number {
    return this.#outbox.size;
  }

  get live(): boolean {
    return this.#live;
  }

  /** Has everybody read all that was written to them? */
  get allRead(): boolean {
    return [...this.storedFor].every(([peer, last]) => (this.readBy.get(peer) ?? 0) >= last);
  }

  /** Breaks the connection, as a lost network does. */
  cut(): void {
    this.#ws?.terminate();
  }

  leave(): void {
    this.#gone = true;
    this.#ws?.close();
  }

  async #connect(): Promise<void> {
    if (this.#gone) return;
    try {
      this.#token ??= await this.#app.token(this.user);
    } catch {
      // Nobody listens just now.
      return void setTimeout(() => void this.#connect(), RETRY_MS);
    }
    const ws = new WebSocket(this.#app.wsUrl, { origin: this.#app.url });
    this.#ws = ws;
    const since = this.#cursor && [{ mailbox: this.user, ...this.#cursor }];
    const hello = { t: "hello", token: this.#token, deviceId: this.#device, since };
    ws.on("open", () => ws.send(JSON.stringify(hello)));
    ws.on("message", (data) => {
      if (ws === this.#ws) this.#hear(JSON.parse((data as Buffer).toString()) as Frame);
    });
    ws.on("error", () => ws.terminate());
    ws.once("close", () => {
      this.#live = false;
      this.#ws = undefined;
      setTimeout(() => void this.#connect(), RETRY_MS);
    });
  }

  #say(frame: object): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }

  #hear(frame: Frame): void {
    if (frame.t === "welcome") this.#cursor ??= { epoch: frame["epoch"], seq: 0 };
    else if (frame.t === "event") this.#event(frame);
    else if (frame.t === "sent") {
      this.#notes.push({
        what: "acks",
        text: this.#texts.get(frame["cid"]) ?? "",
        id: frame["id"],
      });
      this.#stored(frame["cid"], frame["id"]);
    } else if (frame.t === "caughtUp") this.#caughtUp();
    else if (frame.t === "resync") this.wrong.push(`resync: ${frame["reason"]}`);
    else if (frame.t === "error") {
      if (!frame["retryable"]) this.wrong.push(`refused: ${frame["code"]}`);
      this.cut();
    }
  }

  #caughtUp(): void {
    this.#live = true;
    for (const send of this.#outbox.values()) send.said = false;
    // A receipt that was on its way may be lost: the newest says it all.
    for (const [peer, upTo] of this.#received) this.#say({ t: "read", peer, upTo });
    this.#pump();
  }

  #pump(): void {
    if (!this.#live) return;
    let underWay = 0;
    for (const [cid, send] of this.#outbox) {
      if (underWay++ >= WINDOW) return;
      if (!send.said) this.#say({ t: "send", cid, to: send.to, body: send.body });
      send.said = true;
    }
  }

  #event({ seq, prev, at, generation, event }: Frame): void {
    const last = this.#cursor?.seq ?? 0;
    if (prev !== last) this.wrong.push(`event ${seq} follows ${prev}, but ${last} was the last`);
    if (seq <= last) this.wrong.push(`event ${seq} came after ${last}`);
    const on = { seq, at, ...(generation !== undefined && { generation }) };
    this.#cursor = { epoch: this.#cursor?.epoch ?? "", seq, on };
    this.seqs.push(seq);
    const { type, author } = event as { type: string; author?: string };
    if (type === "MessageSent" && author === this.user)
      this.#stored(event["cid"], `${this.user}:${seq}`);
    else if (type === "MessageSent") this.#message(event);
    else if (author !== this.user && (type === "MessageRead" || event["read"] !== undefined)) {
      const peer = String(author);
      const read = type === "MessageRead" ? event["upTo"] : event["read"];
      this.readBy.set(peer, Math.max(this.readBy.get(peer) ?? 0, read));
    }
  }

  #message({ author, position, body }: { author: string; position: number; body: string }): void {
    // Repeated after a crash: the protocol says what to do.
    if (position <= (this.#received.get(author) ?? 0)) return;
    this.#received.set(author, position);
    const id = `${author}:${position}`;
    this.#notes.push({
      what: "shows",
      user: this.user,
      device: this.#device,
      author,
      text: body,
      id,
    });
    this.#say({ t: "read", peer: author, upTo: position });
  }

  #stored(cid: string, id: string): void {
    const send = this.#outbox.get(cid);
    if (send === undefined) return;
    this.#outbox.delete(cid);
    this.acked++;
    this.#notes.push({ what: "acks", text: send.body, id });
    this.storedFor.set(send.to, Number(id.split(":")[1]));
    this.#pump();
  }
}
