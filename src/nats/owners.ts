import type { JetStreamManager } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { LAYOUT, Owner } from "../events/owner.ts";
import { generationAt, latest } from "../events/position.ts";
import { StartError } from "../start-error.ts";
import { isOutrun, seqOf, UnavailableError } from "./publish/publication.ts";
import { asking } from "./read/again.ts";
import { mailboxStream, ownerSubject } from "./subjects.ts";

/** The entry of a stream about itself, and where it lies. */
export interface OwnerEntry {
  readonly seq: number;
  readonly owner: Owner;
}

const ANSWER_MS = 5_000;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The last word of a stream about itself cannot be read. The words before it do not count any more, and without one nobody knows
 * generations, layout or owner: so nothing starts on the stream until it is removed.
 */
export class UnreadableWordError extends Error {
  override readonly name = "UnreadableWordError";

  /** `why`: the field, or that it is no JSON. */
  constructor(k: number, seq: number, why: string) {
    const stream = mailboxStream(k);
    super(
      `${stream} has an entry at ${seq} on ${ownerSubject(k)} that cannot be read (${why}), and nothing runs on it: ` +
        `of a newer version, run that; else see who may publish there, and remove it with nats stream rmm ${stream} ${seq}`,
    );
  }
}

/** The word of stream `k` about itself that lies at `seq`. @throws UnreadableWordError */
function wordOf(k: number, seq: number, raw: string): OwnerEntry {
  const json = fromJson(raw);
  if (json === undefined) throw new UnreadableWordError(k, seq, "no JSON");
  const { data: owner, error } = Owner.safeParse(json);
  if (owner !== undefined) return { seq, owner };
  throw new UnreadableWordError(k, seq, error.issues[0]?.path.join(".") || "no object");
}

/**
 * The last entry on the own subject of stream `k`; undefined: there is none.
 * @throws UnreadableWordError; Error when the broker does not answer.
 */
export async function lastOwner(jsm: JetStreamManager, k: number): Promise<OwnerEntry | undefined> {
  const query = { last_by_subj: ownerSubject(k) };
  const found = await asking(() => jsm.direct.getMessage(mailboxStream(k), query));
  if (found === null) return undefined;
  return wordOf(k, found.seq, decoder.decode(found.data));
}

/**
 * Stores an entry of the stream about itself if the last one is still the one at `after` (0: none).
 * @returns its seq, or undefined when another process was first.
 * @throws Error when the broker did not store it.
 */
export async function putOwner(
  nc: NatsConnection,
  k: number,
  owner: Owner,
  after: number,
): Promise<number | undefined> {
  return putBehind(nc, ownerSubject(k), JSON.stringify(owner), after);
}

/** Stores an entry at a subject. As {@link putOwner}. */
export async function putBehind(
  nc: NatsConnection,
  subject: string,
  payload: string,
  after: number,
): Promise<number | undefined> {
  const expected = headers();
  expected.set("Nats-Expected-Last-Subject-Sequence", `${after}`);
  const options = { headers: expected, timeout: ANSWER_MS };
  const answer = (await nc.request(subject, encoder.encode(payload), options)).string();
  const seq = seqOf(answer);
  if (seq !== undefined) return seq;
  if (isOutrun(answer)) return undefined;
  throw new Error(`the broker did not store ${subject}: ${answer.slice(0, 200)}`);
}

/** The streams' words about themselves, as far as this process has heard. */
export class Owners {
  /**
   * Rejects with a StartError when a stream says another layout than this process began with: then every place that the
   * process knows of a mailbox may be wrong, and it has to start again (docs/adr/0044).
   */
  readonly dealtAnew: Promise<never>;
  /** The number of the deal of the slots that this process began with. */
  readonly layout: number;
  readonly #last: OwnerEntry[];
  /** The entries that were read last and not refused, so that none is taken apart twice. */
  readonly #heard: string[] = [];
  readonly #listeners = new Set<(k: number) => void>();
  #fail: (error: StartError) => void = () => undefined;

  /** The streams by their numbers. @throws StartError when they are not of one layout. */
  constructor(last: readonly OwnerEntry[]) {
    this.#last = [...last];
    this.layout = last[0]?.owner.layout ?? LAYOUT;
    const odd = last.findIndex(({ owner }) => owner.layout !== this.layout);
    if (odd > 0)
      throw new StartError(
        `${mailboxStream(odd)} is of layout ${last[odd]?.owner.layout} and ${mailboxStream(0)} of ${this.layout}: ` +
          "a split of the partitions was cut off, or one has come back as it was before",
      );
    this.dealtAnew = new Promise((_, reject) => (this.#fail = reject));
    // An operator's command that ends with its answer does not wait for it.
    this.dealtAnew.catch(() => undefined);
  }

  /** The newest entry known of stream `k`. @throws Error when there is no such stream. */
  of(k: number): OwnerEntry {
    const last = this.#last[k];
    if (last === undefined) throw new Error(`there is no stream ${mailboxStream(k)}`);
    return last;
  }

  /** The generation of the entry at `seq` of stream `k`. */
  generationAt(k: number, seq: number): number {
    return generationAt(this.of(k).owner.marks, seq);
  }

  /**
   * An entry has been read. One that is older than what is known, or that no version can read, changes nothing. One of a newer
   * generation is newer wherever it lies: a stream that has lost much, or was made anew, says it at a lower seq.
   * @throws UnavailableError when it is of another layout: nothing that was read beside it counts.
   */
  hear(k: number, seq: number, raw: string): void {
    const known = this.of(k);
    const said = `${seq} ${raw}`;
    if (said === this.#heard[k]) return;
    const { data: owner } = Owner.safeParse(fromJson(raw));
    const isLater = owner !== undefined && latest(owner.marks) > latest(known.owner.marks);
    if (owner !== undefined && (isLater || seq > known.seq)) this.replace(k, { seq, owner });
    this.#heard[k] = said;
  }

  /**
   * A question for the last entry was answered by it: also when the log has come back shorter. One that knows of fewer generations changes
   * nothing: it comes from a replica that is behind, or the log has lost a mark, and then the next generation is above that one's.
   * @throws UnavailableError as `hear`.
   */
  replace(k: number, entry: OwnerEntry): void {
    this.#assertLayout(k, entry.owner);
    const [before, now] = [latest(this.of(k).owner.marks), latest(entry.owner.marks)];
    if (now < before) return;
    this.#last[k] = entry;
    if (now > before) for (const tell of this.#listeners) tell(k);
  }

  #assertLayout(k: number, { layout }: Owner): void {
    if (layout === this.layout) return;
    const why = `${mailboxStream(k)} is of layout ${layout} now, and this process began with ${this.layout}`;
    this.#fail(new StartError(`${why}: it has to start again`));
    throw new UnavailableError(why);
  }

  /** Calls back each time a stream has begun a generation. Returns the unsubscribe. */
  onGeneration(tell: (k: number) => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }
}

function fromJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
