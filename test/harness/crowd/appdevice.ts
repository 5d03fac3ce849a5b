import {
  createChatClient,
  memoryStorage,
  type ChatClient,
  type ChatMessage,
  type WebSocketClass,
} from "../../../src/client/client.ts";
import { isGroup } from "../../../src/events/messageid.ts";
import type { FinalItem, Status } from "../history/happening.ts";
import type { CrowdDevice, Outfit } from "./device.ts";
import { tapped } from "./tapped.ts";

const PAGE = 100;
/** More pages than any run fills. */
const PAGES_MAX = 500;

/** A device of the client of the package. It writes down what its windows show. */
export class AppDevice implements CrowdDevice {
  readonly kind = "app";
  readonly name: string;
  readonly user: string;
  readonly #outfit: Outfit;
  readonly #watched: readonly string[];
  readonly #storage = memoryStorage();
  readonly #webSocket: WebSocketClass;
  readonly #statuses = new Map<string, Status>();
  readonly #ids = new Map<string, string>();
  readonly #windows = new Map<string, unknown>();
  #client: ChatClient;
  #sockets = 0;
  #stopped = false;

  /** @param watched users whose presence it follows. */
  constructor(outfit: Outfit, watched: readonly string[]) {
    this.#watched = watched;
    this.name = outfit.name;
    this.user = outfit.user;
    this.#outfit = outfit;
    const { name: device, user, pen } = outfit;
    const name = (): string => `${device}/${++this.#sockets}`;
    this.#webSocket = tapped({ device, user, name, texts: new Map() }, pen);
    this.#client = this.#made();
  }

  start(): void {
    const { name: device, user, pen } = this.#outfit;
    pen({ what: "joins", device, user, kind: "app" });
    this.#client.connect();
  }

  /** As it is now: a device that is loaded anew has another one. */
  get client(): ChatClient {
    return this.#client;
  }

  /** The groups that it knows of. */
  get groups(): string[] {
    return this.#client.chats().items.flatMap(({ peer }) => (isGroup(peer) ? [peer] : []));
  }

  write(to: string, text: string): void {
    this.#client.send(to, text);
  }

  read(peer: string): void {
    this.#client.markRead(peer);
  }

  look(): void {
    this.#client.focus();
  }

  reload(): void {
    const old = this.#client;
    this.#client = this.#made();
    // The old one is not waited for: a page that is loaded anew has two for a moment.
    void old.close().then(() => {
      if (!this.#stopped) this.#client.connect();
    });
  }

  nap(ms: number): void {
    const client = this.#client;
    void client.close().then(() =>
      setTimeout(() => {
        if (client === this.#client && !this.#stopped) client.connect();
      }, ms),
    );
  }

  get away(): boolean {
    return this.#client.connection.state === "closed";
  }

  get online(): boolean {
    return this.#client.connection.state === "online";
  }

  get waiting(): number {
    return this.#own().filter(({ status }) => status === "pending").length;
  }

  undelivered(): string | undefined {
    return this.#own().find(({ status }) => status === "sent")?.body;
  }

  async tellAll(chats: readonly string[]): Promise<void> {
    for (const chat of chats) {
      const items = await this.#all(chat);
      this.#outfit.pen({ what: "final", device: this.name, chat, items });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client.close();
  }

  #made(): ChatClient {
    const { name: deviceId, user, url, token } = this.#outfit;
    const client = createChatClient({
      url,
      user,
      deviceId,
      getToken: token,
      storage: this.#storage,
      webSocket: this.#webSocket,
    });
    client.subscribe(() => this.#look(client));
    client.watch(this.#watched);
    client.on("error", ({ code }) => this.#outfit.pen({ what: "refused", socket: deviceId, code }));
    return client;
  }

  /** Own messages of all chats, as far as they are in the windows. */
  #own(): ChatMessage[] {
    const { items } = this.#client.chats();
    return items.flatMap(({ peer }) =>
      this.#client.messages(peer).items.filter(({ mine, change }) => mine && change === undefined),
    );
  }

  #look(client: ChatClient): void {
    if (client !== this.#client) return;
    for (const { peer } of client.chats().items) {
      const window = client.messages(peer);
      if (this.#windows.get(peer) === window) continue;
      this.#windows.set(peer, window);
      const times = new Map<string, number>();
      const items = window.items.filter(({ change }) => change === undefined);
      for (const { body } of items) times.set(body, (times.get(body) ?? 0) + 1);
      for (const message of items) this.#note(peer, message, times.get(message.body) ?? 1);
    }
  }

  #note(chat: string, { body: text, id, mine, status, error }: ChatMessage, times: number): void {
    const { pen, name: device } = this.#outfit;
    if (id !== undefined && (this.#ids.get(text) !== id || times > 1)) {
      this.#ids.set(text, id);
      pen({ what: "shows", device, chat, text, id, times });
    }
    if (!mine || this.#statuses.get(text) === status) return;
    this.#statuses.set(text, status);
    pen({ what: "ticks", device, text, status });
    if (status === "failed") pen({ what: "gives-up", device, text, code: error ?? "" });
  }

  /** All of a chat, page by page. */
  async #all(chat: string): Promise<FinalItem[]> {
    const client = this.#client;
    if (isGroup(chat) && !this.groups.includes(chat)) return [];
    const found = new Map<string, FinalItem>();
    const order: string[] = [];
    client.loadLatest(chat);
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const { items, hasEarlier } = client.messages(chat);
      const fresh = items.filter(({ cid, author }) => !found.has(`${author} ${cid}`));
      for (const item of fresh) found.set(`${item.author} ${item.cid}`, finalOf(item));
      order.unshift(...fresh.map(({ cid, author }) => `${author} ${cid}`));
      if (!hasEarlier) break;
      await client.loadEarlier(chat, PAGE);
    }
    client.loadLatest(chat);
    return order.flatMap((key) => found.get(key) ?? []).filter(({ text }) => text !== "");
  }
}

const finalOf = ({ body: text, author = "", id, seq, status }: ChatMessage): FinalItem => ({
  text,
  author,
  status,
  ...(id !== undefined && { id }),
  ...(seq !== undefined && { seq }),
});
