import type { Logger } from "pino";
import type { Groups } from "../groups/groups.ts";
import type { Chronicle } from "../chronicle.ts";
import type { Meter, Verify, World } from "../ports.ts";
import type { Intake } from "../intake.ts";
import type { Presence } from "../presence.ts";
import type { Addressee, Connected } from "./addressee.ts";
import type { Closings } from "./closings.ts";
import type { Marks } from "./marks.ts";
import type { Openings } from "./openings.ts";
import type { People } from "./people.ts";
import type { Questions } from "./questions.ts";
import type { Terms } from "./session.ts";
import type { Turnstile } from "../turnstile.ts";

/** Parts: what all sessions of a gateway have in common. */
export interface Parts extends Terms {
  readonly world: World;
  readonly verify: Verify;
  readonly people: People;
  /** Hellos whose tokens are verified a few per turn of the loop. */
  readonly hellos: Turnstile;
  /** Frames of all sockets, as they are read. */
  readonly intake: Intake;
  readonly openings: Openings;
  readonly questions: Questions;
  readonly marks: Marks;
  readonly closings: Closings;
  readonly presence: Presence;
  readonly groups: Groups;
  readonly chronicle: Chronicle;
  readonly meter: Meter;
  /** By session id, from the wish to open until the end. */
  readonly sessions: Map<string, Addressee>;
  /** The user's mailbox has an entry at `seq`: its owner is to route it. */
  readonly stored: (user: string, seq: number) => void;
  /** Is it known, as far as the last beats tell, that nothing of the user's mailbox was missed? */
  readonly confirms: (user: string) => boolean;
  /** A socket of this address has said who it is, or never will. */
  readonly greeted: (address: string) => void;
  /** The socket of a session is gone. */
  readonly gone: (session: Connected) => void;
  /** ms, monotonic. */
  readonly now: () => number;
  /** ms since 1970, as tokens count. */
  readonly wall: () => number;
  readonly log: Logger;
}
