import type { Logger } from "pino";
import { reason, type Link } from "../connection.ts";
import { directGetSubject, kvStream, kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";
import { wordOf } from "./words.ts";

/** A neighbour of which nothing was heard for so long, while the registry took this gateway's words, counts no longer. */
const HEARD_MS = 6_000;
/** One that was heard within this is not listened for. */
const FRESH_MS = 2_000;
/** Words between two of this gateway's own that are looked at: others than of living gateways are few. */
const WORDS_MAX = 8;
const ANSWER_MS = 1_000;
const STREAM = kvStream(GATEWAYS);
const SUBJECTS = kvSubject(GATEWAYS, "*");

/**
 * Neighbours of a gateway: whether others live, as the registry told when it was last heard. The registry numbers its words, so where
 * none lies between two of this gateway's own nobody else speaks, and nothing is read: a lone one pays nothing.
 */
export class Neighbours {
  readonly #link: Pick<Link, "nc">;
  readonly #log: Logger;
  readonly #now: () => number;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** When this gateway last spoke: the silence of an outage does not count. */
  #spokeAt = 0;
  #listening = false;

  /** `now`: ms, monotonic. */
  constructor(link: Pick<Link, "nc">, log: Logger, now = () => performance.now()) {
    this.#link = link;
    this.#log = log;
    this.#now = now;
  }

  /** Did another gateway live when this one last spoke? */
  get areThere(): boolean {
    return this.#spokeAt - this.#heardAt < HEARD_MS;
  }

  /** This gateway has spoken; its words, now and before, lie at these revisions. */
  spoke({ gatewayId, before, at }: { gatewayId: string; before: number; at: number }): void {
    this.#spokeAt = this.#now();
    const isFresh = this.#spokeAt - this.#heardAt < FRESH_MS;
    if (isFresh || this.#listening || before === 0 || at <= before + 1) return;
    this.#listening = true;
    this.#listen(gatewayId, before)
      .catch((error: unknown) =>
        this.#log.debug({ reason: reason(error) }, "neighbours not listened for"),
      )
      .finally(() => (this.#listening = false));
  }

  /** Looks for a word of another living gateway behind `before`. A replica that is behind has none: there will be others. */
  async #listen(gatewayId: string, before: number): Promise<void> {
    let seq = before + 1;
    for (let words = 0; words < WORDS_MAX; words++) {
      const question = JSON.stringify({ seq, next_by_subj: SUBJECTS });
      const found = await this.#link.nc.request(directGetSubject(STREAM), question, {
        timeout: ANSWER_MS,
      });
      const { headers } = found;
      const at = Number(headers?.get("Nats-Sequence"));
      if (!(at > 0)) return;
      const owner = headers?.get("Nats-Subject").slice(kvSubject(GATEWAYS, "").length) ?? "";
      const word = wordOf({ owner, seq: at, raw: found.string() });
      if (word?.is === "alive" && word.gatewayId !== gatewayId) {
        this.#heardAt = this.#now();
        return;
      }
      seq = at + 1;
    }
  }
}
