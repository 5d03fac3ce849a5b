import { randomBytes } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Registry, Word } from "../../actors/ports.ts";
import type { Link } from "../connection.ts";
import { reader } from "../read/fair.ts";
import { DirectGets } from "../read/gets.ts";
import { directGetSubject, kvStream, kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";
import { say, wordOf } from "./words.ts";

/** Words of one answer. */
const PAGE = { batch: 256, max_bytes: 64 * 1024 } as const;
/** Pages of one reading: 16,384 words; the next one goes on there. */
const PAGES_MAX = 64;
const STREAM = kvStream(GATEWAYS);
/** An id is one token. */
const SUBJECTS = kvSubject(GATEWAYS, "*");

/** The registry of gateways, as the broker keeps it: read by direct gets, so by any replica. */
export class GatewayRegistry implements Registry {
  readonly #link: Link;
  readonly #gets: DirectGets;
  readonly #by = reader();
  /** The name under which this process is a witness. */
  readonly #self = `host-${randomBytes(9).toString("base64url")}`;

  constructor(link: Link) {
    this.#link = link;
    this.#gets = new DirectGets(link);
  }

  start(): void {
    this.#gets.start();
  }

  stop(): void {
    this.#gets.stop();
  }

  async words(after: number): Promise<readonly Word[]> {
    if (!this.#link.connected()) throw new Error("the broker is away");
    const words: Word[] = [];
    let seq = after + 1;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const page = { ...PAGE, seq, next_by_subj: SUBJECTS };
      const { entries, pending } = await this.#gets.ask(STREAM, page, this.#by);
      words.push(...entries.flatMap((entry) => wordOf(entry) ?? []));
      if (pending === 0 || entries.length === 0) break;
      seq = (entries.at(-1)?.seq ?? seq) + 1;
    }
    return words;
  }

  word(gatewayId: string): Promise<Word | undefined> {
    return lastWord(this.#link.nc, gatewayId);
  }

  async witness(): Promise<void> {
    await say(this.#link.nc, { gatewayId: this.#self, is: "witness" });
  }

  async declareDead(gatewayId: string, revision: number): Promise<boolean> {
    return "at" in (await say(this.#link.nc, { gatewayId, is: "dead" }, revision));
  }
}

/** A replica answers within this, or is asked again later. */
const ANSWER_MS = 1_000;
const NOT_FOUND = 404;

/** The last word of one gateway, as some replica has it; undefined: it has none. @throws Error when the broker does not answer. */
export async function lastWord(nc: NatsConnection, gatewayId: string): Promise<Word | undefined> {
  const subject = `${directGetSubject(STREAM)}.${kvSubject(GATEWAYS, gatewayId)}`;
  const found = await nc.request(subject, "", { timeout: ANSWER_MS });
  if (found.headers?.code === NOT_FOUND) return undefined;
  const seq = Number(found.headers?.get("Nats-Sequence"));
  if (!(seq > 0)) throw new Error(`the registry answered ${found.headers?.code ?? "nothing"}`);
  return wordOf({ owner: gatewayId, seq, raw: found.string() });
}
