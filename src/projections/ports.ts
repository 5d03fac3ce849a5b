import type { HandoutState } from "../protocol/internal/handout.ts";
import type { ReplicaWord } from "../protocol/internal/replica.ts";
import type { SumWord } from "../protocol/internal/sums.ts";

/** The stream that is asked when somebody was last seen; every other one holds mailboxes. */
export const ACTIVITY = "ACTIVITY";

/** The taking of questions about one stream, from where gateways and peers ask them. */
export interface Serving {
  /**
   * True: questions that go to one of the current replicas are taken, too, and files are handed out. False, as at first: only the
   * questions that none of these has answered.
   */
  beCurrent(isCurrent: boolean): void;
  /** Takes no more questions. */
  end(): void;
}

/** The making of copies of a file for peers. */
export interface Offering {
  /** The name of all that must be alike for the file to be of use (`kin.ts`). */
  readonly kin: string;
  /** Begins to make a copy, under the name that the peer has given it. False: it would be one too many. */
  begin(handout: string): boolean;
}

/** A file of views as a peer hands it out. */
export interface HandedOut {
  readonly bytes: number;
  readonly sha256: string;
  /** In order. @throws Error when the peer ceases to answer. */
  readonly parts: AsyncIterable<Uint8Array>;
}

/** The other replicas of the views. */
export interface OtherReplicas {
  /** Tells them of this one. It may be lost, and is said again. */
  say(word: ReplicaWord): void;
  /** Hears what each of them says, this one too, until the returned function is called. */
  onWord(hear: (word: ReplicaWord) => void): () => void;
  /** Tells those of one kin of the sums of a stream's rows. */
  saySum(stream: string, kin: string, word: SumWord): void;
  /** Hears what those say, this one too, until the returned function is called. */
  onSum(stream: string, kin: string, hear: (word: SumWord) => void): () => void;
  /**
   * The file of a stream's views, copied by one of the replicas that are current there and of the same kin. Undefined: there is
   * none. @throws Error when the peer ceases to answer, or `signal` ends it.
   */
  handout(stream: string, kin: string, signal: AbortSignal): Promise<HandedOut | undefined>;
  /** Answers those for whom copies were begun here, until the returned function is called. */
  onHandout(handouts: HandoutSource): () => void;
}

/** Copies that were made for peers. */
export interface HandoutSource {
  state(handout: string): HandoutState;
  /** The part that begins at `from`; nothing: it is not there. */
  part(handout: string, from: number): Promise<Uint8Array>;
}
