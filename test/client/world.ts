import type { ChatMessage } from "../../src/client/client.ts";
import { BrowserDisk } from "./browser.ts";
import { ModelServer } from "./model.ts";
import { openTab, type Tab } from "./tab.ts";
import { watchState } from "./watcher.ts";

export const USERS = ["alice", "bob", "carol"] as const;
export type User = (typeof USERS)[number];

/** A text that a person has written; no other has the same body. */
export interface Text {
  readonly author: User;
  readonly peer: User;
  readonly body: string;
  /** The instance it was written by: another one is not waited for. */
  readonly run: string;
  /** Its place among the texts of that tab is not kept: it failed, or its number was another's. */
  astray: boolean;
  /** Nobody has it any more: it was in the memory of a tab that died, and nowhere else. */
  gone: boolean;
  /** Written by a tab that had not been welcomed yet when the site's data was cleared: see {@link World.clear}. */
  unowned: boolean;
}

const TABS_MAX = 3;
const RANK = ["pending", "sent", "delivered", "read"];

/** Some people with a browser each, a server, and a record of what must hold. */
export class World {
  readonly server = new ModelServer();
  readonly texts: Text[] = [];
  /** Getters of a client that a UI library could not follow. */
  readonly unread: string[] = [];
  /** Statuses that fell. */
  readonly fallen: string[] = [];
  readonly tabs: Record<User, Tab[]>;
  readonly disks: Record<User, BrowserDisk>;
  readonly #random: () => number;
  readonly #looks = new Set<() => void>();
  /** Tabs that had not been welcomed yet when the site's data was cleared. */
  readonly #strange = new Set<Tab>();

  constructor(random: () => number, tabs: number) {
    this.#random = random;
    const each = <T>(make: (user: User) => T): Record<User, T> => ({
      alice: make("alice"),
      bob: make("bob"),
      carol: make("carol"),
    });
    this.disks = each(() => new BrowserDisk());
    this.tabs = each((user) => Array.from({ length: tabs }, () => this.#open(user)));
  }

  write(user: User, tab: number, peer: User): void {
    const body = `${user} to ${peer} ${this.texts.length}`;
    const writer = this.#tab(user, tab);
    const unowned = this.#strange.has(writer) && writer.client.user === undefined;
    const { cid } = writer.client.send(peer, body);
    const [run = ""] = cid.split(".");
    this.texts.push({ author: user, peer, body, run, astray: false, gone: false, unowned });
  }

  /** The tab ends, at once, and is opened again. */
  reload(user: User, tab: number): void {
    const held = this.#held(user);
    this.#tab(user, tab).die();
    this.tabs[user][tab % this.tabs[user].length] = this.#open(user);
    this.#countLosses(user, held);
  }

  /** One of several tabs ends for good. */
  close(user: User, tab: number): void {
    const tabs = this.tabs[user];
    if (tabs.length < 2) return;
    const held = this.#held(user);
    this.#tab(user, tab).die();
    tabs.splice(tab % tabs.length, 1);
    this.#countLosses(user, held);
  }
  open(user: User): void {
    if (this.tabs[user].length < TABS_MAX) this.tabs[user].push(this.#open(user));
  }

  /**
   * To a tab that does not know its user yet, cleared data looks like a log-out, once another tab has named
   * its log-in there: it has to forget what it wrote for somebody not yet known, or somebody else would send it.
   */
  clear(user: User): void {
    const held = this.#held(user);
    for (const tab of this.tabs[user]) {
      if (tab.client.user !== undefined) continue;
      this.#strange.add(tab);
      for (const { author, body } of this.#shown(tab.client))
        if (author === undefined) this.#text(body).unowned = true;
    }
    this.disks[user].clear();
    this.#countLosses(user, held);
  }

  /** Reads all that all tabs show, at the end of a turn. */
  look(): void {
    for (const look of this.#looks) look();
  }

  /** A text that no log-in owned may be gone, and then everywhere. */
  countForgotten(): void {
    for (const text of this.texts)
      if (text.unowned && !this.#held(text.author).has(text.body)) text.gone = true;
  }

  /** A person tries again what failed. */
  retry(user: User): void {
    for (const { client } of this.tabs[user])
      for (const { status, body, cid } of this.#shown(client)) {
        if (status !== "failed") continue;
        this.#text(body).astray = true;
        client.retry(cid);
      }
  }

  /** A copy of this machine sends something else under the number that a tab will use next. */
  twin(user: User, peer: User): void {
    const last = this.server.heard.findLast(
      (frame) => frame.t === "send" && frame.body.startsWith(user),
    );
    if (last?.t !== "send") return;
    const [instance, n] = last.cid.split(".");
    const cid = `${instance}.${Number(n) + 1}`;
    if (this.server.log.sent(user, cid) !== undefined) return;
    const body = `${user} to ${peer} ${this.texts.length} of the copy`;
    const lone = { run: "", astray: true, gone: false, unowned: false };
    for (const text of this.texts) if (text.author === user) text.astray = true;
    this.texts.push({ author: user, peer, body, ...lone });
    const fact = { type: "MessageSent", author: user, to: peer, device: "d", cid, body } as const;
    this.server.store(user, fact);
  }

  /** As after a crash of an actor host. */
  repeatCopy(user: User): void {
    const copy = this.server.log.mailbox(user).findLast(({ event }) => "cause" in event);
    if (copy) this.server.store(user, copy.event);
  }

  /** Bodies that some tab of the author's shows as failed. */
  failed(user: User): Set<string> {
    return new Set(
      this.tabs[user]
        .flatMap(({ client }) => this.#shown(client))
        .filter(({ status }) => status === "failed")
        .map(({ body }) => body),
    );
  }

  #shown(client: Tab["client"]): ChatMessage[] {
    return client.chats().items.flatMap(({ peer }) => client.messages(peer).items);
  }

  #text(body: string): Text {
    const text = this.texts.find((each) => each.body === body);
    if (text === undefined) throw new Error(`nobody wrote ${body}`);
    return text;
  }

  #tab(user: User, tab: number): Tab {
    const tabs = this.tabs[user];
    const found = tabs[tab % tabs.length];
    if (found === undefined) throw new Error("a user has a tab");
    return found;
  }

  /** Texts that the log, the browser or a living tab of the author's has. */
  #held(user: User): Set<string> {
    return new Set([
      ...this.server.log.rows(user).map(({ body }) => body),
      ...[...this.disks[user].outbox.values()].map(({ body }) => body),
      ...this.tabs[user].flatMap(({ client }) => this.#shown(client)).map(({ body }) => body),
    ]);
  }

  /** A message that nobody has any more and that was held before a tab died: it was in its memory alone. */
  #countLosses(user: User, before: ReadonlySet<string>): void {
    const held = this.#held(user);
    for (const text of this.texts)
      if (text.author === user && before.has(text.body) && !held.has(text.body)) text.gone = true;
  }

  #open(user: User): Tab {
    const tab = openTab(user, this.server, this.disks[user].open(), this.#random);
    const ranks = new Map<string, number>();
    this.#looks.add(
      watchState(tab.client, USERS, (breach) => this.unread.push(`${user}: ${breach}`)),
    );
    tab.client.subscribe(() => {
      // A page that finds another log-in begins anew.
      if (tab.client.user === undefined) ranks.clear();
      for (const { status, author, body } of this.#shown(tab.client)) {
        if (author !== user) continue;
        if (status === "failed") this.#text(body).astray = true;
        const rank = RANK.indexOf(status);
        if (rank >= 0 && rank < (ranks.get(body) ?? 0)) this.fallen.push(`${body}: ${status}`);
        ranks.set(body, rank);
      }
    });
    return tab;
  }
}
