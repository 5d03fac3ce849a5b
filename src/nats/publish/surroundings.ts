import type { Logger } from "pino";
import type { Link } from "../connection.ts";
import type { Outlet } from "./outlet.ts";

/** Surroundings of the channels of a publisher: what they use of it. */
export interface ChannelParts {
  readonly link: Link;
  readonly log: Logger;
  readonly outlet: Outlet;
  /** Begins the names of its batches. */
  readonly nonce: string;
  readonly gathers: boolean;
  /** Called behind each word of the broker, when what it answers is unanswered no more. */
  readonly heard: (stored: boolean) => void;
  /** Publications of the process that are unanswered, but for streams that are away. */
  readonly crowd: () => number;
}
