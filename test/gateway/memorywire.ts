import type { Traffic } from "../../src/gateway/session/heart.ts";
import type { Shared, Wire } from "../../src/gateway/socket/wire.ts";

/** The far end of a socket, which keeps what it is told. */
export class MemoryWire implements Wire {
  readonly frames: { t: string; [field: string]: unknown }[] = [];
  readonly closes: number[] = [];
  pings = 0;
  writes = 0;
  backlog = 0;
  isPaused = false;
  received = 0;
  taken = 0;

  send(text: string): void {
    this.frames.push(JSON.parse(text) as (typeof this.frames)[number]);
  }
  sendAll(texts: readonly string[]): void {
    this.writes++;
    for (const text of texts) this.send(text);
  }
  share({ texts }: Shared): void {
    this.sendAll(texts);
  }
  ping(): void {
    this.pings++;
  }
  close(code: number): void {
    this.closes.push(code);
  }
  terminate(): void {
    this.closes.push(1006);
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  traffic(): Traffic {
    const { backlog, received, taken } = this;
    return { backlog, received, taken };
  }
  /** Codes of the errors that it was told. */
  get errors(): unknown[] {
    return this.frames.filter(({ t }) => t === "error").map(({ code }) => code);
  }
}
