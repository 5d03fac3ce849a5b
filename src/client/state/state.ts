import type { Requests } from "../connection/requests.ts";
import type { ChatWindow, MessageWindow } from "../api.ts";
import type { Local } from "../mailbox/local.ts";
import { loadEarlier } from "../mailbox/loading.ts";
import type { ChatMessage } from "../message.ts";
import type { Entries } from "../outbox/entries.ts";
import type { Announcer } from "./announcer.ts";
import { Lines } from "./lines.ts";
import { cut, movedBack, movedOn, NEWEST, type Span } from "./span.ts";
import { Windows } from "./windows.ts";

interface Ports {
  local: Local;
  entries: Entries;
  requests: Requests;
  announcer: Announcer;
}

/** The lists a person looks at: what is stored and what is on its way, as windows that can be moved. */
export class State {
  readonly #ports: Ports;
  readonly #windows: Windows;
  readonly #lines: Lines;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#windows = new Windows(ports.local, ports.entries);
    this.#lines = new Lines(ports.local, ports.entries);
  }

  chats(): ChatWindow {
    return this.#lines.window();
  }
  messages(peer: string): MessageWindow {
    return this.#windows.window(peer);
  }
  message(peer: string, ref: string): ChatMessage | undefined {
    return this.#windows.message(peer, ref);
  }

  /** A chat looks different, or, if none is named, all of them. */
  changed(peer?: string): void {
    for (const part of [this.#windows, this.#lines])
      if (peer === undefined) part.touchAll();
      else part.touch(peer);
    this.#ports.announcer.announce();
  }

  /** @throws ChatError */
  async loadEarlier(peer: string, limit: number): Promise<void> {
    const { local, requests } = this.#ports;
    if (cut(this.#rows(peer), this.#windows.span(peer)).start === 0)
      await loadEarlier(local, requests, peer, limit);
    this.#move(peer, movedBack(this.#rows(peer), this.#windows.span(peer), limit));
  }
  loadLater(peer: string, limit: number): void {
    this.#move(peer, movedOn(this.#rows(peer), this.#windows.span(peer), limit));
  }
  loadLatest(peer: string): void {
    this.#move(peer, NEWEST);
  }

  #move(peer: string, span: Span): void {
    this.#windows.move(peer, span);
    this.#ports.announcer.announce();
  }

  #rows(peer: string): readonly { readonly seq: number }[] {
    return this.#ports.local.chats.get(peer)?.messages ?? [];
  }
}
