import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Host } from "../events/owner.ts";
import { traced } from "../trace.ts";
import { StartError } from "../start-error.ts";
import { BEAT_MS, LifeSigns } from "./lifesigns.ts";
import { Restarts } from "./restarts.ts";
import type { Part } from "./scope.ts";

/** Time that the last commit and the flush of the views may take at the end. */
const STOP_MS = 8_000;

/** Time that the thread has to say how far it is; the figures of before count then. */
const FAR_MS = 500;

/** The process whose views they are. */
export interface ViewsOf {
  readonly settings: Settings;
  /** The process, in this start. */
  readonly self: Host;
}

/** Words to the thread. `far`: how far are the views? */
export type ToThread = "stop" | "far";

/** Signs of how the views are. */
interface Signs {
  /** Answers cannot be had just now, or will soon be old. */
  readonly trouble: boolean;
  /** Fewer processes than `VIEW_REPLICAS` are there. */
  readonly short: boolean;
  /** Streams of which another process has other rows. */
  readonly differing: number;
}
const CALM: Signs = { trouble: false, short: false, differing: 0 };

/** Words of the thread about itself. `started`: the folder can be used. `ready`: all that was stored is in. */
export type FromThread =
  | { readonly is: "started" }
  | { readonly is: "ready" }
  | ({ readonly is: "alive" } & Signs)
  /** The last entry that the views have of each stream. */
  | { readonly is: "far"; readonly applied: ReadonlyMap<string, number> }
  | { readonly is: "failed"; readonly why: string }
  /** The slots were dealt anew: the process has to start again. */
  | { readonly is: "outdated"; readonly why: string };

/**
 * The views, in a thread of their own, because LMDB's commits and queries are synchronous: nothing
 * asked of a view holds up a socket or an actor. A thread that throws is started again alone. A thread
 * that is stuck is left alone: inside an LMDB transaction it cannot be ended (docs/adr/0011).
 */
export class ViewsThread implements Part {
  /** Resolves when the views are ready for the first time. @throws StartError when they cannot be kept. */
  readonly ready: Promise<void>;
  /** Rejects with a StartError when the thread finds that the slots were dealt anew. */
  readonly outdated: Promise<never>;
  readonly #of: ViewsOf;
  readonly #log: Logger;
  readonly #restarts = new Restarts();
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #look: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  readonly #life = new LifeSigns();
  #signs: Signs = CALM;
  #started = false;
  #isReady = false;
  #wasReady = false;
  #stopping = false;
  #applied: ReadonlyMap<string, number> = new Map();
  readonly #far = new Set<() => void>();
  #reach: () => void = () => undefined;
  #refuse: (error: StartError) => void = () => undefined;
  #outdate: (error: StartError) => void = () => undefined;

  constructor(of: ViewsOf, log: Logger) {
    this.#of = of;
    this.#log = log.child({ part: "views" });
    this.ready = new Promise((resolve, reject) => {
      this.#reach = resolve;
      this.#refuse = reject;
    });
    this.outdated = new Promise((_, reject) => (this.#outdate = reject));
    // Heard where the roles are put together; until then nobody listens.
    for (const word of [this.ready, this.outdated]) word.catch(() => undefined);
  }

  /** Have the views been ready once? Before, they miss what nobody would expect to be missing. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Cannot the views be asked, or not be brought up to date? Messages and ticks go on. */
  get degraded(): boolean {
    return !this.#isReady || this.#signs.trouble || this.stuck;
  }

  /** Are fewer processes there than `VIEW_REPLICAS` says? */
  get isShort(): boolean {
    return this.#signs.short;
  }

  /** The number of streams of which another process has other rows. */
  get differing(): number {
    return this.#signs.differing;
  }

  /** Has the thread shown no sign of life for a while? */
  get stuck(): boolean {
    return this.#worker !== undefined && this.#life.isStuck;
  }

  /**
   * The last entry of each stream that the views have; where the thread does not answer soon, as it said before.
   * Empty: it has not said yet.
   */
  async applied(): Promise<ReadonlyMap<string, number>> {
    if (this.#worker === undefined || this.stuck) return this.#applied;
    this.#tell("far");
    await new Promise<void>((resolve) => {
      const heard = (): void => {
        clearTimeout(timer);
        this.#far.delete(heard);
        resolve();
      };
      const timer = setTimeout(heard, FAR_MS);
      this.#far.add(heard);
    });
    return this.#applied;
  }

  #tell(word: ToThread): void {
    this.#worker?.postMessage(word);
  }

  start(): void {
    this.#look = setInterval(() => this.#miss(), BEAT_MS);
    this.#run();
  }

  /** Ends the thread, unless it is stuck: then the process has to be ended with it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    this.#tell("stop");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.stuck ? 0 : STOP_MS);
    });
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    clearInterval(this.#look);
  }

  #run(): void {
    this.#life.begin();
    const worker = new Worker(new URL("../host/worker.js", import.meta.url), {
      workerData: this.#of,
    });
    this.#worker = worker;
    let why: string | undefined;
    worker.on("message", (message: FromThread) => {
      if (message.is === "failed") why = message.why;
      else this.#hear(message);
    });
    worker.once("error", (error) => (why ??= `the views cannot be kept: ${traced(error)}`));
    this.#ended = new Promise((resolve) => {
      worker.once("exit", () => {
        resolve();
        this.#over(why ?? "the views cannot be kept: their thread has ended");
      });
    });
  }

  #hear(message: Exclude<FromThread, { is: "failed" }>): void {
    if (this.#life.heard()) this.#log.info("the views' thread answers again");
    if (message.is === "outdated") {
      this.#stopping = true;
      this.#outdate(new StartError(message.why));
    }
    if (message.is === "started") this.#started = true;
    if (message.is === "alive") this.#signs = message;
    if (message.is === "far") this.#applied = message.applied;
    if (message.is === "far") for (const heard of this.#far) heard();
    if (message.is !== "ready") return;
    if (this.#wasReady) this.#log.info("the views are up to date again");
    this.#isReady = true;
    this.#wasReady = true;
    this.#reach();
  }

  #miss(): void {
    if (this.#worker !== undefined && this.#life.miss())
      this.#log.error("the views' thread is stuck: questions are refused, messages go on");
  }

  #over(why: string): void {
    this.#worker = undefined;
    this.#isReady = false;
    this.#signs = CALM;
    if (this.#stopping) return;
    // Views that cannot even be opened at the first start are the operator's to mend.
    if (!this.#started) return this.#refuse(new StartError(why));
    const waitMs = this.#restarts.failed(performance.now());
    this.#log.error({ reason: why, waitMs }, "the views' thread has failed: started again");
    this.#again = setTimeout(() => this.#run(), waitMs);
  }
}
