import type { Pen } from "../history/recorder.ts";

/** A device of the crowd. */
export interface CrowdDevice {
  readonly name: string;
  readonly user: string;
  readonly kind: "app" | "plain";
  start(): void;
  /** Its person writes. */
  write(to: string, text: string): void;
  /** Its person has seen everything of that peer that is there. */
  read(peer: string): void;
  /** Its person looks at it. */
  look(): void;
  /** The program ends in the middle of whatever it does, and is started again on the same storage. */
  reload(): void;
  /** Goes away, and comes back after a while. */
  nap(ms: number): void;
  /** Nobody sits at it: its person cannot write. */
  readonly away: boolean;
  readonly online: boolean;
  /** Messages that are not stored, as far as it knows. */
  readonly waiting: number;
  /** The text of an own message that is stored and not delivered; undefined: there is none. */
  undelivered(): string | undefined;
  /** Writes down all that it has of a chat. */
  tellAll(chats: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Things that a device is made of. */
export interface Outfit {
  readonly name: string;
  readonly user: string;
  /** `ws://…`, over the device's own link. */
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly pen: Pen;
}
