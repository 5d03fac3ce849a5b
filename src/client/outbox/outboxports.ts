import type { Sends } from "../../rules/sends.ts";
import type { KeyVerdict } from "../mailbox/keyclaim.ts";
import type { ClockReading } from "../moment.ts";
import type { OutboxEntry, Shown } from "./entry.ts";

/** All that an outbox needs of the rest of the client. */
export interface OutboxPorts {
  /** Sends the frame; a code says why it can never be sent. `auto`: no human does it now. */
  post(entry: OutboxEntry, auto: boolean): string | undefined;
  /** The mailbox's list of repeats, as far as it is known. */
  sends(): Sends;
  /** Does this client look after what the instance wrote? */
  isMine(writer: string): boolean;
  /** Own messages to a peer that are loaded here. */
  loaded(peer: string): readonly Shown[];
  /** Own messages to a peer behind that place, from the server. */
  read(peer: string, after: OutboxEntry["after"]): Promise<readonly Shown[]>;
  /** A send of the user's is in the mailbox. */
  done(sent: Pick<Shown, "cid" | "key">): void;
  /** An ask has come to its end. `error`: the code of why it was refused. */
  asked(entry: OutboxEntry, error?: string): void;
  /** Asks the storage about a send with a key; `mark` notes in it that it is the first. */
  claimKey(entry: OutboxEntry, mark: () => void): Promise<KeyVerdict>;
  /** Writes an entry down. */
  keep(entry: OutboxEntry): void;
  moment(): ClockReading;
  /** In [0, 1). */
  random(): number;
}
