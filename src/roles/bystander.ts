import type { Logger } from "pino";
import type { Host } from "../events/owner.ts";
import { RULES } from "../events/since.ts";
import type { Part } from "../host/scope.ts";
import { ownVersion } from "../host/version.ts";
import type { Link } from "../nats/connection.ts";
import { hosts } from "../nats/hosts.ts";

/** A fifth of the shortest `UPGRADE_SETTLE_MS`, and no more often than there is use for: there may be hundreds of processes. */
export const SAY_MS = 2_000;

/** A process without actors among those that have some: tells them that it is there, and by which rules it reads. */
export class StandingBy implements Part {
  readonly #say: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(self: Host, link: Link, log: Logger) {
    const { beat } = hosts(link, log);
    this.#say = () => beat({ ...self, version: ownVersion(), rules: RULES });
  }

  start(): void {
    this.#say();
    this.#timer = setInterval(this.#say, SAY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
