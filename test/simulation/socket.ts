import type { Traffic } from "../../src/gateway/session/heart.ts";
import type { Listener, Shared, Wire } from "../../src/gateway/socket/wire.ts";
import type { Cluster } from "./cluster.ts";
import type { GatewayMachine } from "./machines.ts";
import type { Program } from "./time.ts";

/** The end of a socket that a device hears at. */
export interface Ear {
  hear(text: string): void;
  closed(code: number): void;
}

/** A socket between a device and a gateway: in order both ways, until one of the two ends it, or it is cut without a word. */
export class SimulatedSocket implements Wire {
  readonly gateway: GatewayMachine;
  readonly backlog = 0;
  /** Nothing comes through any more, and nobody is told. */
  isCut = false;
  readonly #cluster: Cluster;
  readonly #program: Program;
  readonly #ear: Ear;
  #listener: Listener | undefined;
  #isOpen = true;
  /** Its gateway has not ended it. */
  #isKept = true;
  /** Of the session that its gateway has welcomed. */
  #sessionId: string | undefined;
  #received = 0;
  readonly #last = { up: 0, down: 0 };

  constructor(cluster: Cluster, gateway: GatewayMachine, ear: Ear) {
    this.#cluster = cluster;
    this.gateway = gateway;
    this.#program = gateway.program;
    this.#ear = ear;
    this.#travel("up", () => {
      this.#listener = gateway.program === this.#program ? gateway.enter(this) : undefined;
      if (this.#listener === undefined) this.#end(1006);
    });
  }

  /** The device says something. */
  say(frame: object): void {
    const data = Buffer.from(JSON.stringify(frame));
    this.#travel("up", () => {
      this.#received += data.length;
      if (this.#isOpen) this.#listener?.message(data, false);
    });
  }

  /** The device, or what lies between, ends it. */
  leave(): void {
    this.#travel("up", () => this.#gone(1001));
    this.#isOpen = false;
  }

  /** Its gateway's program is gone, or the balancer has given it up. */
  reset(): void {
    this.#travel("up", () => this.#gone(1006));
    this.#travel("down", () => this.#end(1006));
  }

  get isDead(): boolean {
    return this.#program.is === "dead";
  }

  /** The session that its gateway has, which has not noticed a cut: it ends an idle one after a minute, longer than a run. */
  get stray(): string | undefined {
    return this.isCut && this.#isKept && !this.isDead ? this.#sessionId : undefined;
  }

  send(text: string): void {
    // The welcome alone has it.
    this.#sessionId ??= (JSON.parse(text) as { sessionId?: string }).sessionId;
    if (this.#isOpen) this.#travel("down", () => this.#isOpen && this.#ear.hear(text));
  }
  sendAll(texts: readonly string[]): void {
    for (const text of texts) this.send(text);
  }
  share({ texts }: Shared): void {
    this.sendAll(texts);
  }
  ping(): void {
    // A WebSocket answers by itself.
    this.#travel("down", () => this.#travel("up", () => void this.#received++));
  }
  close(code: number): void {
    this.#isKept = false;
    this.#travel("down", () => this.#end(code));
  }
  terminate(): void {
    this.close(1006);
  }
  pause(): void {
    // Little would be held back.
  }
  resume(): void {
    // Nor is it held back.
  }
  traffic(): Traffic {
    return { received: this.#received, taken: 0, backlog: 0 };
  }

  /** The device's side has ended. */
  #end(code: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ear.closed(code);
    this.#travel("up", () => this.#gone(code));
  }

  /** The gateway's side has ended. */
  #gone(code: number): void {
    this.#listener?.gone(code);
    this.#listener = undefined;
  }

  #travel(way: "up" | "down", arrive: () => void): void {
    const { time, latency } = this.#cluster;
    const at = Math.max(time.now + latency(), this.#last[way]);
    this.#last[way] = at;
    const run = (): void => {
      if (!this.isCut) arrive();
    };
    time.after(at - time.now, run, way === "up" ? this.#program : "world");
  }
}
