import type { JetStreamManager } from "@nats-io/jetstream";
import type { Logger } from "pino";
import * as z from "zod";
import type { Durability } from "../protocol/frames/send.ts";
import { StartError } from "../start-error.ts";
import { reason, tooOld, type Link } from "./connection.ts";
import { monitored } from "./monitor.ts";
import { patiently } from "./silence.ts";
import { redact } from "./redact.ts";
import { mailboxStream } from "./subjects.ts";

/** Servers and streams are looked at again so often: a ✓ never promises for longer what somebody has changed. */
const LOOK_MS = 15_000;
/** Streams asked at the same time: each answer is a piece of work of the broker's, and no look is urgent. */
const ASKED_AT_ONCE = 4;

/** The words of a server about itself, as its monitoring port has them. */
export const ServerWord = z.object({
  server_id: z.string().min(1),
  version: z.string(),
  jetstream: z.object({
    config: z.object({ sync_always: z.boolean().default(false) }),
    /** In a cluster: how many servers keep streams. */
    meta: z.object({ cluster_size: z.int().min(1) }).optional(),
  }),
});
export type ServerWord = z.infer<typeof ServerWord>;

/**
 * The class that an acknowledged send has, wherever it lies: of all mailbox streams the one with the fewest replicas, of all servers
 * the one that syncs the least. A server that cannot be asked, or is not among those that were, counts as one that
 * does not sync each write: a ✓ never promises more than is known.
 * @param replicas of each mailbox stream.
 * @param words of the server at each monitoring address; undefined: it says none.
 */
export function durabilityOf(
  replicas: readonly number[],
  words: readonly (ServerWord | undefined)[],
): Durability {
  const least = Math.min(...replicas);
  const servers = new Set(words.map((word) => word?.server_id));
  const there = Math.max(...words.map((word) => word?.jetstream.meta?.cluster_size ?? 1), least);
  const synced =
    servers.size >= there && words.every((word) => word?.jetstream.config.sync_always === true);
  if (least > 1) return synced ? "replicated+synced" : "replicated";
  return synced ? "synced" : "stored";
}

/**
 * Are publications for a mailbox stream gathered in this class? With one server that flushes each write they are, because
 * there one flush is for a whole batch. In the other classes a batch costs 3 ms and saves no flush, and a
 * replicated stream gathers its flushes itself (docs/adr/0023).
 */
export const gathersIn = (durability: Durability): boolean => durability === "synced";

interface Parts {
  readonly link: Pick<Link, "nc">;
  readonly jsm: JetStreamManager;
  /** The number of mailbox streams. */
  readonly partitions: number;
  /** Monitoring addresses of all servers. */
  readonly monitors: readonly string[];
  /** The authorities, in PEM, by which certificates of those are checked; default: those of this machine. */
  readonly authorities?: () => string | undefined;
  readonly log: Logger;
  /** Between two looks. */
  readonly lookMs?: number;
}

/** Knows what a ✓ promises just now, and looks again now and then. */
export class Durabilities {
  readonly #parts: Parts;
  /** Replicas of each mailbox stream, as far as it has answered: one that is away has those that it had. */
  readonly #replicas: number[];
  #now: Durability | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#replicas = Array.from({ length: parts.partitions }, () => 1);
  }

  /** The class of what is stored now. */
  get now(): Durability {
    return this.#now ?? "stored";
  }

  /** Waits for a broker that says nothing: its monitors are silent then, too. @throws StartError when a server is too old. */
  async start(): Promise<void> {
    const { link, log } = this.#parts;
    await patiently(link, log, () => this.#count());
    const words = await this.#listen();
    const old = words.find((word) => word !== undefined && tooOld(word.version));
    if (old !== undefined)
      throw new StartError(`a server of NATS_MONITOR_URL: ${tooOld(old.version)}`);
    this.#again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #again(): void {
    if (this.#stopped) return;
    const { lookMs = LOOK_MS } = this.#parts;
    this.#timer = setTimeout(() => void this.#look().finally(() => this.#again()), lookMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const counted = this.#count().catch((error: unknown) =>
      this.#parts.log.debug({ reason: reason(error) }, "streams not looked at"),
    );
    await Promise.all([counted, this.#listen()]);
  }

  /** Asks the servers, and says the class if that has changed. */
  async #listen(): Promise<readonly (ServerWord | undefined)[]> {
    const { monitors, authorities } = this.#parts;
    const ca = authorities?.();
    const words = await Promise.all(
      monitors.map((monitor) => monitored(monitor, "/varz", ServerWord, ca)),
    );
    this.#say(durabilityOf(this.#replicas, words), words);
    return words;
  }

  /** Asks the streams for their replicas, a few at a time. @throws Error when one does not answer; the others are asked all the same. */
  async #count(): Promise<void> {
    const failures: Error[] = [];
    for (let first = 0; first < this.#replicas.length; first += ASKED_AT_ONCE)
      await Promise.all(
        this.#replicas
          .slice(first, first + ASKED_AT_ONCE)
          .map((_, i) =>
            this.#countOf(first + i).catch((error: Error) => void failures.push(error)),
          ),
      );
    const [failure] = failures;
    if (failure !== undefined) throw failure;
  }

  async #countOf(k: number): Promise<void> {
    const { config } = await this.#parts.jsm.streams.info(mailboxStream(k));
    this.#replicas[k] = config.num_replicas;
  }

  #say(next: Durability, words: readonly (ServerWord | undefined)[]): void {
    const { monitors, log } = this.#parts;
    const before = this.#now;
    this.#now = next;
    if (next === before) return;
    const silent = monitors.filter((_, i) => words[i] === undefined).map(redact);
    if (silent.length > 0)
      log.warn({ silent, durability: next }, "sync setting unknown: the weaker class is promised");
    if (before !== undefined)
      log.warn({ before, durability: next }, "what a ✓ promises has changed");
  }
}
