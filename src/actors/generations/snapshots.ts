import { positionAt, seqOf } from "../../events/position.ts";
import { SNAPSHOT_VERSION, SnapshotHead, type Anchor } from "../../events/record.ts";
import type { Snapshots, StreamLog, Texts } from "../ports.ts";
import { evidence, isVoid } from "../../rules/evidence.ts";
import type { Keeper } from "./keeper.ts";

/** So long a snapshot is waited for while none comes: then the mailbox is read, which says the same. */
const PATIENCE_MS = 1_000;
/** After one that could not be had, none is asked for so long: each of thousands that are loaded would wait. */
const AWAY_MS = 5_000;
/** Entries that snapshots stand on of which is known whether they are there. */
const LATEST = 64;
const NONE = { text: undefined, at: 0 };

/**
 * Snapshots that say which entry they are of. One is of no use when it is of another form, the stream has another entry there,
 * has begun a new life or, while it is told again, when it lies beyond the entry to be folded.
 */
export function snapshots(texts: Texts, keeper: Keeper, log: StreamLog): Snapshots {
  const isOfUse = ({ epoch, on }: SnapshotHead, upTo: number): boolean =>
    log.isOf({ epoch }) &&
    keeper.allows(seqOf(on.position), upTo) &&
    !isVoid(log.said.owner.marks, on);
  const found = patient(texts, () => keeper.elapsed());
  // Many are written, and found, that say the same entry.
  const instantAt = latest((seq: number) => log.instantAt(seq), String);
  const isThere = latest(
    async (on: Anchor) => (await evidence(log, log.said.owner.marks, [on])) === undefined,
    ({ position, at }) => `${position} ${at}`,
  );
  return {
    async load(owner, upTo) {
      const { text, at } = await found(owner);
      const end = text?.indexOf("\n") ?? -1;
      if (text === undefined || end < 0) return { at };
      const head = SnapshotHead.safeParse(fromJson(text.slice(0, end)));
      if (!head.success || !isOfUse(head.data, upTo)) return { at };
      return { saved: { state: text.slice(end + 1), on: head.data.on }, at };
    },
    isThere,
    async save(owner, state, seq, after) {
      await keeper.assertSame();
      const at = await instantAt(seq);
      if (at === undefined) return after;
      const on = keeper.anchorAt({ position: positionAt(log.said.owner.marks, seq), at });
      const head = JSON.stringify({
        version: SNAPSHOT_VERSION,
        epoch: log.epoch,
        on,
      } satisfies SnapshotHead);
      const text = `${head}\n${state}`;
      let last = after;
      const reread = async (): Promise<void> => void (last = (await texts.load(owner)).at);
      return keeper.guard.save(reread, () => texts.save(owner, text, last));
    },
  };
}

/** The answers to the last questions, which are not asked again as long as these actors run: none but such as say something. */
function latest<Of, Answer>(ask: (of: Of) => Promise<Answer>, nameOf: (of: Of) => string) {
  const answers = new Map<string, Promise<Answer>>();
  return (of: Of): Promise<Answer> => {
    const name = nameOf(of);
    const known = answers.get(name);
    if (known !== undefined) return known;
    const answer = ask(of);
    const forget = (): void => void (answers.get(name) === answer && answers.delete(name));
    answer.then((said) => void (said || forget()), forget);
    answers.set(name, answer);
    const [first] = answers.keys();
    if (answers.size > LATEST && first !== undefined) answers.delete(first);
    return answer;
  };
}

/**
 * Loads a text, or none where it cannot be had soon: the mailbox says the same, and is read instead. The place is unknown then,
 * so saving another is refused at first. While others come, it is waited for: thousands are asked for at once.
 */
function patient(texts: Texts, elapsed: () => number): Texts["load"] {
  let awayUntil = Number.NEGATIVE_INFINITY;
  let heardAt = Number.NEGATIVE_INFINITY;
  return async (owner) => {
    const since = elapsed();
    if (since < awayUntil) return NONE;
    const patience = new Patience(() => Math.max(since, heardAt) + PATIENCE_MS - elapsed());
    try {
      const found = await Promise.race([texts.load(owner), patience.over]);
      heardAt = elapsed();
      return found;
    } catch {
      // All who are loaded next would wait as long.
      awayUntil = elapsed() + AWAY_MS;
      return NONE;
    } finally {
      patience.end();
    }
  };
}

/** The wait for one snapshot, as long as `left` says. */
class Patience {
  readonly over: Promise<never>;
  readonly #left: () => number;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(left: () => number) {
    this.#left = left;
    this.over = new Promise((_, reject) => this.#wait(reject));
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  #wait(giveUp: (error: Error) => void): void {
    const look = (): void => {
      if (this.#left() <= 0) giveUp(new Error("no snapshot in time"));
      else if (!this.#isEnded) this.#wait(giveUp);
    };
    // An answer that came while this process stood still is read behind its timers.
    this.#timer = setTimeout(() => setImmediate(look), Math.max(1, this.#left()));
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
