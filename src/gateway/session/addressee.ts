import type { LogReading } from "../ports.ts";
import type { Wire } from "../socket/wire.ts";
import type { Happening, Key, Session } from "./session.ts";

/** A session that something can happen to. */
export interface Addressee {
  readonly key: Key;
  readonly session: Session;
  happen(happening: Happening): void;
}

/** A session with the socket that its effects need. */
export interface Connected extends Addressee {
  readonly address: string;
  readonly wire: Wire;
  /** Looks whether the client is there. Called every second or so. */
  tick(): void;
  /** The reading of the log that has begun, taken up or not. */
  reading: LogReading | undefined;
  /** Something of the session is being stored … */
  begun(): void;
  /** … and now it is, or never will be. */
  done(): void;
  /** Runs it when nothing of the session is being stored any more. */
  behind(run: () => void): void;
  /** Follows presence, as a watcher. */
  signal(frame: string): void;
}
