import type { Logger } from "pino";
import type { Entry } from "../../events/entry.ts";
import type { Following, Source, Take } from "./reader.ts";

/** Entries that wait for one follower before the others wait for it. */
const BACKLOG = 2_048;
/** A follower that keeps the others waiting for so long is left behind. */
const PATIENCE_MS = 500;
/** Followers that begin further apart than this do not share. */
const APART_MAX = 10_000;

/**
 * One reading of a stream for `followers` of the same thread, so that the broker delivers each entry
 * once. It begins when all have asked. Who begins far behind, comes later, or keeps the others waiting
 * reads for itself.
 */
export function shared(source: Source, followers: number, log: Logger): Source {
  const members: Member[] = [];
  return {
    ...source,
    follow(after, take) {
      if (members.length === followers) return source.follow(after, take);
      const member = new Member(source, after, take, log);
      members.push(member);
      if (members.length === followers) begin(source, members);
      return member;
    },
  };
}

function begin(source: Source, members: readonly Member[]): void {
  const last = Math.max(...members.map(({ seq }) => seq));
  for (const member of members) if (last - member.seq > APART_MAX) member.part();
  const together = members.filter(({ parted }) => !parted);
  if (together.length === 0) return;
  const reading = source.follow(Math.min(...together.map(({ seq }) => seq)), async (batch) => {
    for (const member of together) member.hear(batch);
    for (const member of together) await member.room();
  });
  let left = 0;
  for (const member of together)
    member.onPart = async () => {
      if (++left === together.length) await reading.stop();
    };
}

/** One follower: what has been read and not yet taken waits here. */
class Member implements Following {
  readonly done: Promise<void>;
  /** The last entry handed over. */
  seq: number;
  parted = false;
  onPart: () => Promise<void> = () => Promise.resolve();
  readonly #source: Source;
  readonly #take: Take;
  readonly #log: Logger;
  #queue: Entry[] = [];
  #taking: Promise<void> | undefined;
  #own: Following | undefined;
  #stopped = false;
  #room: (() => void) | undefined;
  #fail: (error: unknown) => void = () => undefined;
  #finish: () => void = () => undefined;

  constructor(source: Source, after: number, take: Take, log: Logger) {
    this.#source = source;
    this.seq = after;
    this.#take = take;
    this.#log = log;
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  /** Takes a batch in. */
  hear(batch: readonly Entry[]): void {
    if (this.parted) return;
    const known = this.#queue.at(-1)?.seq ?? this.seq;
    for (const entry of batch) if (entry.seq > known) this.#queue.push(entry);
    this.#taking ??= this.#work().finally(() => (this.#taking = undefined));
  }

  /** Resolves when the next batch may come. */
  async room(): Promise<void> {
    if (this.#queue.length < BACKLOG) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.part(), PATIENCE_MS);
      this.#room = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** From here on it reads for itself, behind what it has in hand. */
  part(): void {
    this.#log.info({ stream: this.#source.name, seq: this.seq }, "reads the stream for itself");
    void this.#leave();
    void (this.#taking ?? Promise.resolve()).then(() => {
      if (this.#stopped) return;
      this.#own = this.#source.follow(this.seq, this.#take);
      this.#own.done.then(this.#finish, this.#fail);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const left = this.#leave();
    await this.#taking;
    await left;
    await this.#own?.stop();
    this.#finish();
  }

  /** Hears no more of the shared reading; the last to leave ends it. */
  async #leave(): Promise<void> {
    this.#queue = [];
    this.#room?.();
    if (this.parted) return;
    this.parted = true;
    await this.onPart();
  }

  async #work(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue;
        this.#queue = [];
        this.#room?.();
        this.seq = batch.at(-1)?.seq ?? this.seq;
        await this.#take(batch);
      }
    } catch (error) {
      this.#stopped = true;
      void this.#leave();
      this.#fail(error);
    }
  }
}
