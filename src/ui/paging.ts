import type { ChatClient } from "../client/client.ts";
import { ChatError } from "../client/error.ts";
import { ScrollAnchor } from "./anchor.ts";

/** Messages of a page, if the app does not say. */
export const PAGE = 50;

interface Ports {
  client: ChatClient;
  chat: string;
  /** Messages that are asked for at once, at most 100. */
  page: number;
  /** A page is asked for, or has come. */
  loading(is: boolean): void;
}

/** The paging of one chat on a screen, for whatever draws it. */
export class Paging {
  readonly #ports: Ports;
  #isLoading = false;
  readonly anchor = new ScrollAnchor({
    nearStart: () => void this.loadEarlier(),
    nearEnd: () => this.loadLater(),
  });

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** A page further back, one at a time. False when there was none to be had: without a connection, or at the beginning. */
  readonly loadEarlier = async (): Promise<boolean> => {
    const { client, chat, page, loading } = this.#ports;
    const isAskable = client.connection.state === "online" && client.messages(chat).hasEarlier;
    if (this.#isLoading || !isAskable) return false;
    this.#isLoading = true;
    loading(true);
    try {
      await client.loadEarlier(chat, page);
      return true;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return false;
    } finally {
      this.#isLoading = false;
      loading(false);
    }
  };

  readonly loadLater = (): void => {
    const { client, chat, page } = this.#ports;
    if (client.messages(chat).hasLater) client.loadLater(chat, page);
  };

  /** Back to the newest message. */
  readonly loadLatest = (): void => {
    const { client, chat } = this.#ports;
    client.loadLatest(chat);
    this.anchor.toEnd();
  };

  /** Loads what a screen opens with: a page, as far as there is one. */
  fill(): void {
    const { client, chat, page } = this.#ports;
    if (client.messages(chat).items.length < page) void this.loadEarlier();
  }
}
