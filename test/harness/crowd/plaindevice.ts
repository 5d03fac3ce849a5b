import type { WebSocket } from "ws";
import type { CrowdDevice, Outfit } from "./device.ts";
import { PlainMailbox, type Frame } from "./plainmailbox.ts";
import { tapped } from "./tapped.ts";

/** Sends under way at once, one behind the other without waiting, of the numbers that docs/protocol.md allows from the lowest unanswered one on. */
const [PIPELINE, WINDOW] = [16, 32] as const;
const BACK_OFF_MS = 250;
const BACK_OFF_MAX_MS = 8_000;
const AGAIN_MS = 500;
const PING_MS = 2_000;
/** A head that stays ahead of the cursor for so long: rule 2. */
const BEHIND_MS = 4_000;
const SILENT_MS = 30_000;

interface Mail {
  readonly cid: string;
  readonly instance: number;
  readonly n: number;
  readonly to: string;
  readonly body: string;
  underWay: boolean;
  again: boolean;
}

/**
 * A client of docs/protocol.md alone, and of as little of it as a careless author would write: it sends without waiting, asks no view,
 * overhears `goaway`, and repeats what it has heard no `sent` of, though it has seen the event.
 */
export class PlainDevice implements CrowdDevice {
  readonly kind = "plain";
  readonly name: string;
  readonly user: string;
  readonly #outfit: Outfit;
  readonly #Socket: new (url: string) => WebSocket;
  readonly #mailbox: PlainMailbox;
  readonly #outbox = new Map<string, Mail>();
  #instance = 0;
  #n = 0;
  #epoch = "";
  #ws: WebSocket | undefined;
  #live = false;
  #away = false;
  #stopped = false;
  #sockets = 0;
  #waitMs = BACK_OFF_MS;
  #behindSince: number | undefined;
  #lastHeard = 0;
  #timer: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;

  constructor(outfit: Outfit) {
    this.#outfit = outfit;
    const { name: device, user, pen } = outfit;
    this.name = device;
    this.user = user;
    this.#mailbox = new PlainMailbox(user);
    const name = (): string => `${device}/${++this.#sockets}`;
    this.#Socket = tapped({ device, user, name, texts: new Map() }, pen);
  }

  start(): void {
    const { name: device, user, pen } = this.#outfit;
    pen({ what: "joins", device, user, kind: "plain" });
    this.#pings = setInterval(() => this.#watch(), PING_MS);
    void this.#connect();
  }

  get away(): boolean {
    return this.#away;
  }
  get online(): boolean {
    return this.#live;
  }
  get waiting(): number {
    return this.#outbox.size;
  }

  write(to: string, body: string): void {
    const [instance, n] = [this.#instance, ++this.#n];
    const cid = `${this.name}-${instance}.${n}`;
    this.#outbox.set(cid, { cid, instance, n, to, body, underWay: false, again: false });
    this.#pump();
  }

  read(peer: string): void {
    const upTo = this.#mailbox.heardOf(peer);
    if (upTo !== undefined && this.#live) this.#say({ t: "read", peer, upTo });
  }

  look = (): void => this.#say({ t: "focus" });

  /** Everything kept survives; the numbers are those of another run. */
  reload(): void {
    this.#instance++;
    this.#n = 0;
    this.#ws?.terminate();
  }

  nap(ms: number): void {
    this.#away = true;
    this.#ws?.close();
    setTimeout(() => {
      this.#away = false;
      this.#later(0);
    }, ms);
  }

  undelivered(): string | undefined {
    return this.#mailbox.undelivered();
  }

  tellAll(chats: readonly string[]): Promise<void> {
    const { pen } = this.#outfit;
    for (const chat of chats)
      pen({ what: "final", device: this.name, chat, items: this.#mailbox.items(chat) });
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#pings);
    clearTimeout(this.#timer);
    this.#ws?.close();
    return Promise.resolve();
  }

  #later(ms: number): void {
    if (this.#stopped || this.#away) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), ms);
  }

  async #connect(): Promise<void> {
    if (this.#ws !== undefined || this.#stopped) return;
    const token = await this.#outfit.token().catch(() => undefined);
    if (token === undefined) return this.#later(BACK_OFF_MAX_MS);
    const ws = (this.#ws = new this.#Socket(this.#outfit.url));
    this.#lastHeard = performance.now();
    const { cursor } = this.#mailbox;
    const since = cursor && [{ mailbox: this.user, ...cursor }];
    ws.on("open", () => ws.send(JSON.stringify({ t: "hello", token, deviceId: this.name, since })));
    ws.on("message", (data) => {
      this.#lastHeard = performance.now();
      if (ws === this.#ws) this.#hear(JSON.parse((data as Buffer).toString()) as Frame);
    });
    ws.on("error", () => ws.terminate());
    ws.on("close", () => this.#closed(ws));
  }

  #closed(ws: WebSocket): void {
    if (ws !== this.#ws) return;
    this.#ws = undefined;
    this.#live = false;
    this.#behindSince = undefined;
    this.#later(this.#waitMs);
    this.#waitMs = Math.min(BACK_OFF_MAX_MS, this.#waitMs * 2);
  }

  #say(frame: object): void {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(frame));
  }

  #watch(): void {
    const now = performance.now();
    const isBehind = this.#behindSince !== undefined && now - this.#behindSince > BEHIND_MS;
    if (this.#ws !== undefined && (isBehind || now - this.#lastHeard > SILENT_MS)) {
      const code = isBehind ? "behind" : "silent";
      this.#outfit.pen({ what: "refused", socket: this.name, code });
      this.#ws.terminate();
    } else if (this.#live) this.#say({ t: "ping" });
  }

  #hear(frame: Frame): void {
    switch (frame.t) {
      case "welcome":
        this.#epoch = frame["epoch"];
        return;
      case "event":
        return this.#event(frame);
      case "sent":
        this.#outbox.delete(frame["cid"]);
        return this.#pump();
      case "caughtUp":
        return this.#caughtUp(this.#epoch, frame["seq"]);
      case "resync":
        return this.#caughtUp(frame["epoch"], frame["seq"]);
      case "pong":
        return this.#head(frame["head"]);
      case "error":
        return this.#refused(frame);
    }
  }

  #event(frame: Frame): void {
    const letter = this.#mailbox.take(frame, this.#epoch);
    if (letter === "gap") return this.#ws?.terminate();
    this.#behindSince = undefined;
    if (letter === undefined) return;
    const { chat, text, id } = letter;
    this.#outfit.pen({ what: "shows", device: this.name, chat, text, id, times: 1 });
    if (this.#live) this.#tell();
  }

  #caughtUp(epoch: string, seq: number): void {
    this.#mailbox.caughtUp(epoch, seq);
    this.#live = true;
    this.#waitMs = BACK_OFF_MS;
    for (const mail of this.#outbox.values()) mail.underWay = false;
    this.#tell();
    this.#pump();
  }

  #head(head: number | undefined): void {
    const isBehind = head !== undefined && head > (this.#mailbox.cursor?.seq ?? 0);
    this.#behindSince = isBehind ? (this.#behindSince ?? performance.now()) : undefined;
    // Receipts may have been refused as too many.
    if (!isBehind) this.#tell();
  }

  #refused({ cid, retryable, retryAfterMs = AGAIN_MS, code }: Frame): void {
    const mail = this.#outbox.get(String(cid));
    if (mail === undefined) return;
    if (retryable)
      return void setTimeout(() => {
        mail.underWay = false;
        this.#pump();
      }, retryAfterMs);
    this.#outbox.delete(mail.cid);
    this.#outfit.pen({ what: "gives-up", device: this.name, text: mail.body, code });
  }

  #pump(): void {
    if (!this.#live) return;
    let count = 0;
    let first: Mail | undefined;
    for (const mail of this.#outbox.values()) {
      if (first?.instance !== mail.instance) first = mail;
      if (count++ >= PIPELINE || mail.n >= first.n + WINDOW) return;
      if (mail.underWay) continue;
      const { cid, to, body, again } = mail;
      this.#say({ t: "send", cid, to, body, ...(again && { auto: true }) });
      mail.underWay = mail.again = true;
    }
  }

  #tell(): void {
    for (const [peer, upTo] of this.#mailbox.owed()) this.#say({ t: "delivered", peer, upTo });
  }
}
