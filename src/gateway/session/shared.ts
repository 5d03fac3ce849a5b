import type { Logger } from "pino";
import type { Limits } from "../../protocol/frames/hello.ts";
import type { GatewayLimits } from "./limits.ts";
import type { People } from "./people.ts";
import type { Verify, World } from "../ports.ts";
import type { Presence } from "../presence.ts";
import type { Socket } from "../socket/socket.ts";

/** What all sockets of a gateway share. */
export interface Shared {
  readonly world: World;
  readonly limits: GatewayLimits;
  /** The part of the limits that a client is told. */
  readonly told: Limits;
  readonly verify: Verify;
  readonly people: People;
  readonly presence: Presence;
  readonly sessions: Map<string, Socket>;
  /** A socket of this address has said hello, or never will. */
  readonly greeted: (address: string) => void;
  /** A socket is gone. */
  readonly gone: (socket: Socket) => void;
  readonly now: () => number;
  readonly log: Logger;
}
