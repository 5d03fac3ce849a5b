import type { DeadLetters, Deliveries } from "../actors/ports.ts";
import type { Meter } from "../gateway/ports.ts";
import type { Lag } from "./lag.ts";

/** Numbers that are read when somebody asks. A part that does not run, or not yet, has none. */
export interface Readings {
  /** Open WebSockets, welcomed or not. */
  sockets(): number | undefined;
  /** Sessions that are being opened or used. */
  sessions(): number | undefined;
  /** Publishes that the broker has not acknowledged, by the role that waits for them. */
  waiting(): Readonly<Partial<Record<"gateway" | "actors", number>>>;
  /** Are the views out of order, so that questions may be refused? */
  degraded(): boolean | undefined;
  /** Streams of which another process has other rows in its views. */
  differing(): number | undefined;
  lag(): Promise<Lag>;
}

/** A connection to the broker, as far as it is looked at. */
export interface BrokerLine {
  connected(): boolean;
  onReconnect(listener: () => void): () => void;
}

/** Takes down what a process does: everything that a hot path says costs a fraction of a microsecond. */
export interface Instruments extends Meter, Deliveries {
  /** An entry was set aside, and why. */
  setAside(why: "unreadable" | "bug"): void;
  /** Watches a connection to the broker, from now on. */
  line(name: string, line: BrokerLine): void;
  /** Everything runs: these are its numbers. */
  read(readings: Readings): void;
}

const nothing = (): void => undefined;

/** Nobody looks: nothing is taken down. */
export const unwatched: Instruments = {
  send: nothing,
  refused: nothing,
  session: nothing,
  delivered: nothing,
  setAside: nothing,
  line: nothing,
  read: nothing,
};

/** The list of entries set aside, which are counted as well. */
export const withCount = (
  { deadLetter }: DeadLetters,
  instruments: Pick<Instruments, "setAside">,
): DeadLetters => ({
  deadLetter(entry, aside, error) {
    instruments.setAside(aside.why);
    deadLetter(entry, aside, error);
  },
});
