import { join } from "node:path";
import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Host } from "../events/owner.ts";
import type { Broker } from "../host/broker.ts";
import { Scope, type Part } from "../host/scope.ts";
import { offerFile, peers } from "../nats/otherreplicas.ts";
import { patiently } from "../nats/silence.ts";
import { answerQuestions, questions } from "../nats/questions.ts";
import { source } from "../nats/read/sources.ts";
import { ACTIVITY_STREAM, mailboxStream } from "../nats/subjects.ts";
import type { Offering, Serving } from "../projections/ports.ts";
import { Projections as Views, type Options } from "../projections/projections.ts";
import { readQuery, writeReply } from "../protocol/internal/query.ts";

/** The role "projections": keeps the views and answers questions about them. */
export class Projections implements Part {
  readonly #settings: Settings;
  readonly #self: Host;
  readonly #broker: Broker;
  readonly #log: Logger;
  readonly #scope: Scope;
  #views: Views | undefined;

  /** @param self this process, in this start. */
  constructor(settings: Settings, self: Host, broker: Broker, log: Logger) {
    this.#settings = settings;
    this.#self = self;
    this.#broker = broker;
    this.#log = log.child({ part: "projections" });
    this.#scope = new Scope(this.#log);
  }

  /** @throws Error when the folder cannot be used. */
  async start(): Promise<void> {
    const { link, topology } = this.#broker;
    const streams = Array.from({ length: topology.partitions }, (_, p) => mailboxStream(p));
    const options: Options = {
      sources: [...streams, ACTIVITY_STREAM].map((stream) =>
        source(link, topology, stream, "gathering", this.#log),
      ),
      dir: join(this.#settings.DATA_DIR, "views"),
      mailboxOf: (owner) => mailboxStream(topology.partitionOf(owner)),
      elapsed: () => performance.now(),
      onlineMs: this.#settings.ONLINE_MS,
      others: (query) => questions(link, topology).ask(query),
      serve: (stream, offering) => this.#serve(stream, offering),
      company: {
        self: this.#self,
        copies: this.#settings.VIEW_REPLICAS,
        // Nobody looks for a copy at a replica that has begun anew.
        peers: peers(link, this.#self.incarnation, this.#log),
      },
      log: this.#log,
    };
    const views = await patiently(link, this.#log, () => Views.start(options));
    this.#views = views;
    this.#scope.defer(() => views.stop());
  }

  /** Resolves when everything that was stored at the start is in the views. */
  get ready(): Promise<void> {
    return this.#views?.ready ?? Promise.resolve();
  }

  /** Rejects when a stream cannot be followed any more; resolves after `stop`. */
  get done(): Promise<void> {
    return this.#views?.done ?? Promise.resolve();
  }

  /** The last entry of each stream that the views have. */
  get applied(): ReadonlyMap<string, number> {
    return new Map([...(this.#views?.runners ?? [])].map(([name, { applied }]) => [name, applied]));
  }

  /** The reason why answers cannot be had, or will soon be old; undefined: all is well. */
  get trouble(): string | undefined {
    return this.#views?.trouble;
  }

  /** The number of streams of which another process has other rows. */
  get differing(): number {
    return this.#views?.differing ?? 0;
  }

  /** Are there fewer processes than are to keep each stream? */
  get isShort(): boolean {
    return this.#views?.isShort === true;
  }

  #serve(stream: string, offering: Offering): Serving {
    const { link } = this.#broker;
    const self = this.#self.incarnation;
    const answers = answerQuestions(link, stream, (text) => this.#answer(text), this.#log);
    let retract: (() => void) | undefined;
    const beCurrent = (isCurrent: boolean): void => {
      answers.beCurrent(isCurrent);
      if (isCurrent) retract ??= offerFile(link, { stream, self }, offering, this.#log);
      else retract?.();
      if (!isCurrent) retract = undefined;
    };
    return {
      beCurrent,
      end: () => {
        beCurrent(false);
        answers.end();
      },
    };
  }

  async #answer(text: string): Promise<string | undefined> {
    const query = readQuery(text);
    if (query === undefined) return undefined;
    return this.#views?.ask(query) ?? writeReply({ error: "unavailable" });
  }

  stop(): Promise<void> {
    return this.#scope.stop();
  }
}
