import { boundedWait } from "../connection/bounded.ts";

/** Before what a group had no room for is sent anew: at random, since others wait for the same room. */
const AGAIN_MIN_MS = 1_000;
const AGAIN_MAX_MS = 5_000;
/** Twice as long each time, up to this. */
const LONGEST_MS = 60_000;

interface Ports {
  /** In [0, 1). */
  random(): number;
  /** Something may go out again. */
  over(): void;
}

/** Groups that have said that they are busy: until all that is under way there is answered, and for a while longer, nothing goes out to them. */
export class Calm {
  readonly #ports: Ports;
  readonly #groups = new Map<
    string,
    { tries: number; atLeastMs: number; rests: boolean; timer?: ReturnType<typeof setTimeout> }
  >();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  rests = (group: string): boolean => this.#groups.get(group)?.rests === true;

  /** A message was refused. */
  refused(group: string, atLeastMs = 0): void {
    const { tries = 0, rests = false, timer } = this.#groups.get(group) ?? {};
    clearTimeout(timer);
    this.#groups.set(group, { tries: rests ? tries : tries + 1, atLeastMs, rests: true });
  }
  /** A message was accepted. */
  accepted(group: string): void {
    if (!this.rests(group)) this.#groups.delete(group);
  }

  /** Waits are begun for groups of which nothing is under way any more. */
  settle(isIdle: (group: string) => boolean): void {
    for (const [group, calm] of this.#groups) {
      if (!calm.rests || calm.timer !== undefined || !isIdle(group)) continue;
      const ms = AGAIN_MIN_MS + (AGAIN_MAX_MS - AGAIN_MIN_MS) * this.#ports.random();
      const longer = Math.min(LONGEST_MS, ms * 2 ** (calm.tries - 1));
      calm.timer = setTimeout(
        () => {
          this.#groups.set(group, { tries: calm.tries, atLeastMs: 0, rests: false });
          this.#ports.over();
        },
        Math.max(longer, boundedWait(calm.atLeastMs)),
      );
    }
  }
}
