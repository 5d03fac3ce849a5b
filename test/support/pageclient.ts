import { once } from "node:events";
import { WebSocket } from "ws";
import type { App } from "./app.ts";
import { PageOutbox } from "./pageoutbox.ts";
import type { Frame } from "./talker.ts";

interface Cursor {
  epoch: string;
  seq: number;
  on?: { seq: number; at: number; generation?: number };
}
/** A message or a line of a group. */
interface Shown {
  readonly seq: number;
  readonly by: string;
  readonly cid?: string;
  readonly text: string;
}

/** A client of groups as somebody writes it who has the protocol's page and nothing else: in memory, and without the care for many tabs. */
export class PageClient {
  readonly user: string;
  /** By group. */
  readonly shown = new Map<string, Shown[]>();
  readonly ticks = new Map<string, { delivered: number; read: number }>();
  /** Why the user is in a group no more. */
  readonly ended = new Map<string, string>();
  readonly resyncs: string[] = [];
  readonly outbox = new PageOutbox((frame) => this.#say(frame));
  /** Groups that were named in the last hello. */
  named: string[] = [];
  readonly #app: Pick<App, "url" | "wsUrl" | "token">;
  readonly #cursors = new Map<string, Cursor>();
  #ws: WebSocket | undefined;
  #epoch = "";
  #caught = false;
  #refs = 0;
  readonly #questions = new Map<string, (frame: Frame) => void>();
  readonly #told = new Map<string, { at: number; upTo: number }>();
  #heard: (() => void)[] = [];

  constructor(app: Pick<App, "url" | "wsUrl" | "token">, user: string) {
    this.#app = app;
    this.user = user;
  }

  async connect(): Promise<this> {
    this.#caught = false;
    this.outbox.open(false);
    const ws = new WebSocket(this.#app.wsUrl, { origin: this.#app.url });
    this.#ws = ws;
    await once(ws, "open");
    ws.on("message", (data) => {
      this.#take(JSON.parse((data as Buffer).toString()) as Frame);
      this.#happened();
    });
    this.named = [...this.#cursors.keys()].filter((mailbox) => mailbox !== this.user);
    const since = [...this.#cursors].map(([mailbox, cursor]) => ({ mailbox, ...cursor }));
    const token = await this.#app.token(this.user);
    this.#say({ t: "hello", token, deviceId: "d", ...(since.length > 0 && { since }) });
    await this.until(() => this.#caught);
    return this;
  }

  async leave(): Promise<void> {
    this.#ws?.close();
    await once(this.#ws as WebSocket, "close");
  }

  /** The cursor is one that cannot be followed. */
  forge(group: string): void {
    this.#cursors.set(group, { epoch: "another", seq: 1 });
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((heard) => this.#heard.push(heard));
  }
  texts = (group: string): string[] => (this.shown.get(group) ?? []).map(({ text }) => text);
  shows = (group: string, text: string): Promise<void> =>
    this.until(() => this.texts(group).includes(text));

  send(group: string, body: string, mentions?: string[]): string {
    return this.outbox.write({ group, body, ...(mentions && { mentions }) });
  }
  ask(group: string, ask: object): string {
    return this.outbox.write({ group, ask });
  }
  /** Makes a group; resolves with its id when it is there. */
  async create(name: string, members: string[]): Promise<string> {
    const cid = this.ask("", { do: "create", name, members });
    const made = (): string =>
      [...this.shown].find(([, rows]) => rows.some((row) => row.cid === cid))?.[0] ?? "";
    await this.until(() => made() !== "");
    return made();
  }
  question(frame: object): Promise<Frame> {
    const ref = `q${++this.#refs}`;
    this.#say({ ...frame, ref });
    return new Promise((answered) => this.#questions.set(ref, answered));
  }
  read(group: string): void {
    this.#say({ t: "read", peer: group, upTo: this.shown.get(group)?.at(-1)?.seq ?? 0 });
  }

  #say(frame: object): void {
    this.#ws?.send(JSON.stringify(frame));
  }
  #happened(): void {
    for (const heard of this.#heard.splice(0)) heard();
  }

  #take(frame: Frame): void {
    const answered = this.#questions.get(String(frame["ref"]));
    if (answered !== undefined) return answered(frame);
    if (frame.t === "welcome") this.#epoch = frame["epoch"];
    if (frame.t === "event") this.#event(frame);
    if (frame.t === "sent" || frame.t === "asked") this.outbox.stored(frame["cid"]);
    if (frame.t === "caughtUp") this.#reach(frame["mailbox"], frame["seq"]);
    if (frame.t === "resync") this.#resync(frame["mailbox"], frame["epoch"], frame["seq"]);
    if (frame.t !== "follows") return;
    for (const { mailbox, epoch, seq } of frame["mailboxes"]) {
      const known = this.#cursors.get(mailbox);
      if (known === undefined || known.seq < seq) this.#cursors.set(mailbox, { epoch, seq });
    }
  }

  #cursorOf = (mailbox: string): Cursor =>
    this.#cursors.get(mailbox) ?? { epoch: this.#epoch, seq: 0 };

  #reach(mailbox: string, seq: number): void {
    const cursor = this.#cursorOf(mailbox);
    this.#cursors.set(mailbox, { ...cursor, seq: Math.max(seq, cursor.seq) });
    if (mailbox !== this.user) return;
    this.#caught = true;
    this.outbox.open(true);
  }

  #resync(mailbox: string, epoch: string, seq: number): void {
    this.resyncs.push(mailbox);
    this.#cursors.set(mailbox, { epoch, seq });
    if (mailbox === this.user) return this.#reach(mailbox, seq);
    this.shown.set(mailbox, []);
    void this.question({ t: "history", peer: mailbox, atLeast: seq }).then(({ result }) => {
      const later = (this.shown.get(mailbox) ?? []).filter((row) => row.seq > seq);
      const rows = (result.messages as Frame[]).map((row) => shownOf(row["seq"], row));
      this.shown.set(mailbox, [...rows, ...later]);
      this.#happened();
    });
  }

  #event({ mailbox, seq, prev, at, generation, event }: Frame): void {
    const cursor = this.#cursorOf(mailbox);
    const on = { seq, at, ...(generation !== undefined && { generation }) };
    if (seq <= cursor.seq) return void (cursor.on = on);
    if (prev > cursor.seq) throw new Error(`gap in ${mailbox}`);
    this.#cursors.set(mailbox, { epoch: cursor.epoch, seq, on });
    if (mailbox === this.user) return this.#own(event);
    const row = shownOf(seq, event);
    this.shown.set(mailbox, [...(this.shown.get(mailbox) ?? []), row]);
    if (row.by === this.user) this.outbox.shown(row.cid);
    const { at: toldAt = 0 } = this.#told.get(mailbox) ?? {};
    if (Date.now() - toldAt >= 1_000) this.#deliver(mailbox, seq);
    else setTimeout(() => this.#deliver(mailbox, seq), 1_000);
  }

  #deliver(group: string, upTo: number): void {
    if (upTo <= (this.#told.get(group)?.upTo ?? 0)) return;
    this.#told.set(group, { at: Date.now(), upTo });
    this.#say({ t: "delivered", peer: group, upTo });
  }

  #own({
    type,
    author,
    cid,
    code,
    retryAfterMs,
    why,
    cause,
    upTo,
    read = 0,
  }: Frame["event"]): void {
    if (type === "GroupLeft") this.ended.set(author, why);
    if (type === "GroupAsked" || type === "MessageSent") this.outbox.stored(cid);
    if (type === "Refused") this.outbox.refused({ cid, code, retryAfterMs });
    if ((type !== "MessageDelivered" && type !== "MessageRead") || cause === undefined) return;
    const known = this.ticks.get(author) ?? { delivered: 0, read: 0 };
    this.ticks.set(author, {
      delivered: Math.max(known.delivered, upTo),
      read: Math.max(known.read, type === "MessageRead" ? upTo : read),
    });
  }
}

const shownOf = (seq: number, { author, by, cid, body, change }: Frame["event"]): Shown => ({
  seq,
  by: author ?? by,
  ...(cid !== undefined && { cid }),
  text: body ?? change.do,
});
