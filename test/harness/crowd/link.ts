import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { LinkState } from "../history/happening.ts";

/** A slow link lets each piece through so late. */
const SLOW_MS = 150;

/**
 * A device's way to the cluster, which can be hurt: `cut` refuses and resets, `held` lets nothing through and tells nobody, `deaf` holds
 * what comes to the device alone, `slow` is late.
 */
export class Link {
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #state: LinkState = "whole";

  /** @param target port on loopback. */
  constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true }, (socket) => this.#carry(socket));
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Hurts the link, or heals it. Returns how many connections it had. */
  become(state: LinkState): number {
    this.#state = state;
    const { size } = this.#pairs;
    for (const pair of this.#pairs)
      if (state === "cut") end(pair);
      else flow(pair, state);
    return size;
  }

  stop(): void {
    this.#server.close();
    for (const pair of this.#pairs) end(pair);
  }

  #carry(near: Socket): void {
    if (this.#state === "cut") return void near.resetAndDestroy();
    const far = connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => from.destroy());
      from.on("data", (piece: Buffer) => this.#pass(piece, from, to));
      from.on("end", () => to.end());
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    flow(pair, this.#state);
  }

  #pass(piece: Buffer, from: Socket, to: Socket): void {
    const write = (): void => {
      if (to.write(piece)) return;
      from.pause();
      to.once("drain", () => flow({ near: from, far: to }, "whole"));
    };
    if (this.#state === "slow") setTimeout(write, SLOW_MS);
    else write();
  }
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

function flow({ near, far }: Pair, state: LinkState): void {
  if (state === "held") near.pause();
  else near.resume();
  if (state === "held" || state === "deaf") far.pause();
  else far.resume();
}

function end({ near, far }: Pair): void {
  near.resetAndDestroy();
  far.destroy();
}
