import type { Local } from "../mailbox/local.ts";
import type { Entries } from "./entries.ts";
import { isOtherLogin, type OutboxEntry } from "./entry.ts";
import type { Outbox } from "./outbox.ts";
import type { Pen } from "./pen.ts";

/** A living client looks so often for what a dead one has left. */
const LOOK_MS = 30_000;

interface Ports {
  local: Local;
  entries: Entries;
  outbox: Outbox;
  pen: Pen;
}

/** Looks after the messages of clients that are gone, this page's life before a reload included. */
export class Heir {
  readonly #ports: Ports;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Another client that looks after what was written here goes on with it; this one begins anew. */
  async begin(): Promise<void> {
    const { local, pen } = this.#ports;
    if (await local.orphans.claim(pen.instance)) return;
    pen.renew();
    await local.orphans.claim(pen.instance);
  }

  /** Everything missed has arrived: from now on now and then. */
  start(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    void this.look();
  }
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Another client may have a socket; this one has none. */
  yield(): void {
    this.#ports.local.orphans.yield();
  }

  /** One look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { local, entries, outbox, pen } = this.#ports;
    const { orphans, logouts } = local;
    await local.look();
    const others = entries.all.filter(({ writer }) => !orphans.isMine(writer));
    const away = others.filter(({ cid }) => !local.saving.isPending(cid));
    await this.begin();
    // An entry that was cleared is in no storage that could name its writer.
    for (const { writer } of others) await orphans.claim(writer);
    const found = await orphans.take(pen.instance, local.saving.gone);
    if (logouts !== local.logouts) return undefined;
    if (found === undefined) return outbox.pump();
    const stored = new Map(found.stored.map((entry) => [entry.cid, entry]));
    for (const { cid, writer } of away)
      if (orphans.isMine(writer)) this.#regain(cid, stored.get(cid));
      else this.#mirror(cid, stored.get(cid));
    for (const entry of entries.all) this.#repeat(entry, stored.get(entry.cid));
    for (const entry of found.taken) this.#judge(entry);
    outbox.pump();
  }

  /** Another client has written an older state over an entry that has failed here: it is told again. */
  #repeat(entry: OutboxEntry, stored: OutboxEntry | undefined): void {
    const { local } = this.#ports;
    const isOlder = entry.error !== undefined && stored !== undefined && !stored.error;
    if (isOlder && local.orphans.isMine(entry.writer)) local.post(entry, false);
  }

  /**
   * Another client has looked after the entry meanwhile, and knows better. An entry that is not stored any more
   * may have been cleared with the rest: it is stored again, and looked for before it is sent.
   */
  #regain(cid: string, stored: OutboxEntry | undefined): void {
    const { local, entries } = this.#ports;
    const held = entries.find(cid);
    if (local.saving.isPending(cid) || held?.state !== "waiting") return;
    entries.drop(cid);
    this.#adopt(stored ?? held.entry);
  }

  /** Another client looks after the entry, and has been told that it fails. */
  #mirror(cid: string, stored: OutboxEntry | undefined): void {
    const { entries } = this.#ports;
    if (stored?.error && !entries.find(cid)?.entry.error) entries.put(stored);
  }

  #judge(entry: OutboxEntry): void {
    const { local, entries } = this.#ports;
    if (local.saving.isPending(entry.cid) || entries.find(entry.cid) !== undefined) return;
    // An entry that does not fit is left where it lies, until the next look.
    if (entries.isFull) return;
    const { user, login } = local.meta;
    const foreign = entry.author
      ? user !== undefined && entry.author !== user
      : isOtherLogin(entry.login, login);
    if (foreign) {
      local.post(entry, true);
      entries.missed();
    } else this.#adopt(user === undefined ? entry : { ...entry, author: user });
  }

  #adopt(entry: OutboxEntry): void {
    const { local, outbox } = this.#ports;
    if (!outbox.adopt(entry)) local.post(entry, true);
  }
}
