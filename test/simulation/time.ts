/**
 * Virtual time: every timer, delivery and answer of a simulated cluster is an event here, and no other clock runs. A program that
 * stands still finds its events behind one another when it goes on; those of a dead one never happen.
 */

/** A program of the simulation, in one of its starts: all that it has begun goes on only while it runs. */
export class Program {
  readonly name: string;
  is: "running" | "paused" | "dead" = "running";
  /** Events that came while it stood still, in order. */
  readonly held: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

/** The clock shows this at first: ms that a process has been up. */
const BEGIN_MS = 1_000_000;
/** Added to it by `Date.now`, and by the broker. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

export interface Event {
  readonly at: number;
  readonly order: number;
  readonly program: Program | undefined;
  run: (() => void) | undefined;
}

const isSooner = (a: Event, b: Event): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
const realTick = process.nextTick;
/** Resolves when no promise has anything left to do. A microtask has to ask for it: Node's ticks come behind all microtasks that there are then. */
const drained = (): Promise<void> => new Promise((done) => realTick(done));

/** The clock, and what is to happen. */
export class Time {
  now = BEGIN_MS;
  /** The program whose event is happening: what it begins is its own. */
  current: Program | undefined;
  readonly #heap: Event[] = [];
  #order = 0;

  /** Lets it happen in so many ms, in the program that begins it, unless another is named. */
  after(ms: number, run: () => void, program: Program | undefined | "world" = this.current): Event {
    const by = program === "world" ? undefined : program;
    const event = { at: this.now + Math.max(0, ms), order: this.#order++, program: by, run };
    this.#push(event);
    return event;
  }

  /**
   * Lets everything happen that is due until then. Everything that a promise waited for has happened before the next event: promises
   * are those of programs, the world has none.
   */
  async pass(until: number): Promise<void> {
    await drained();
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      this.now = Math.max(this.now, next.at);
      const { run, program } = next;
      if (run === undefined || program?.is === "dead") continue;
      if (program?.is === "paused") {
        program.held.push(run);
        continue;
      }
      this.current = program;
      run();
      if (program !== undefined) await drained();
      this.current = undefined;
    }
    this.now = until;
  }

  pause(program: Program): void {
    if (program.is === "running") program.is = "paused";
  }

  /** It goes on: all that came meanwhile comes now. */
  resume(program: Program): void {
    if (program.is !== "paused") return;
    program.is = "running";
    for (const run of program.held.splice(0)) this.after(0, run, program);
  }

  kill(program: Program): void {
    program.is = "dead";
    program.held.length = 0;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isSooner(event, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isSooner(heap[below + 1]!, heap[below]!)) below++;
      if (!isSooner(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}

/** A timer as Node hands it out. */
class Timer {
  readonly #event: Event;
  stopped = false;
  constructor(event: Event) {
    this.#event = event;
  }
  stop(): void {
    this.stopped = true;
    this.#event.run = undefined;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

const stop = (timer: unknown): void => {
  if (timer instanceof Timer) timer.stop();
};

function everyOf(time: Time, run: () => void, ms: number): Timer {
  const again = (): void => {
    if (timer.stopped) return;
    // As in Node: the next one counts from when this one has run.
    inner = time.after(ms, again);
    run();
  };
  let inner = time.after(ms, again);
  const timer = new Timer(inner);
  const halt = timer.stop.bind(timer);
  timer.stop = () => {
    halt();
    inner.run = undefined;
  };
  return timer;
}

/** Puts the clock, timers and chance of all code under this time while `work` runs. */
export async function under<T>(
  time: Time,
  random: () => number,
  work: () => Promise<T>,
): Promise<T> {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate };
  const [now, date, chance] = [performance.now, Date.now, Math.random];
  const later = (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]): Timer =>
    new Timer(time.after(ms, () => run(...given)));
  Object.assign(globalThis, {
    setTimeout: later,
    setInterval: (run: () => void, ms = 1) => everyOf(time, run, ms),
    setImmediate: (run: (...given: unknown[]) => void, ...given: unknown[]) =>
      later(run, 0, ...given),
    clearTimeout: stop,
    clearInterval: stop,
  });
  performance.now = () => time.now;
  Date.now = () => EPOCH_MS + time.now;
  Math.random = random;
  try {
    return await work();
  } finally {
    Object.assign(globalThis, real);
    performance.now = now;
    Date.now = date;
    Math.random = chance;
  }
}
