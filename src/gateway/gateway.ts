import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket as Tcp } from "node:net";
import { WebSocketServer } from "ws";
import { FRAME_BYTES_MAX } from "../protocol/envelope.ts";
import type { RouteRecord } from "../protocol/internal/routes.ts";
import { Presence } from "./presence.ts";
import { People } from "./session/people.ts";
import type { Shared } from "./session/shared.ts";
import { Socket } from "./socket/socket.ts";
import { Wire } from "./socket/wire.ts";

const SWEEP_MS = 1_000;
/** Draining sends sockets away in so many steps, so that they do not all come back at once. */
const DRAIN_STEPS = 10;
const DRAIN_STEP_MS = 50;

export type Options = Omit<Shared, "people" | "presence" | "sessions" | "greeted" | "gone">;

/** Holds the WebSockets of one process: forwards what actors route, and sweeps what has gone quiet. */
export class Gateway {
  readonly #shared: Shared;
  readonly #sockets = new Set<Socket>();
  /** Sockets that have not said hello, per address. */
  readonly #greeting = new Map<string, number>();
  readonly #server = new WebSocketServer({
    WebSocket: Wire,
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    maxFragments: 16,
    maxBufferedChunks: 256,
    autoPong: true,
  });
  readonly #sweep: NodeJS.Timeout;
  readonly #off: (() => void)[];
  draining = false;

  constructor(options: Options) {
    const { world, limits, now, log } = options;
    const presence = new Presence(world, limits.onlineMs, now, log);
    this.#shared = {
      ...options,
      people: new People(limits),
      presence,
      sessions: new Map(),
      greeted: (address) => this.#greeted(address),
      gone: (socket) => this.#sockets.delete(socket),
    };
    this.#sweep = setInterval(() => this.#tick(), SWEEP_MS);
    this.#off = [
      world.onRoute((records) => this.#route(records)),
      world.onReconnect(() => {
        for (const socket of this.#sockets) void socket.refill();
        void presence.refresh();
      }),
    ];
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Sockets of this address that have not said hello. */
  greeting(address: string): number {
    return this.#greeting.get(address) ?? 0;
  }

  /** May this address open one more socket? */
  admits(address: string): boolean {
    return this.greeting(address) < this.#shared.limits.greetingPerAddress;
  }

  /** Completes an upgrade that has been judged already. */
  accept(request: IncomingMessage, tcp: Duplex, head: Buffer, address: string): void {
    this.#greeting.set(address, (this.#greeting.get(address) ?? 0) + 1);
    const greeted = (): void => this.#greeted(address);
    tcp.once("close", greeted);
    this.#server.handleUpgrade(request, tcp, head, (ws) => {
      tcp.off("close", greeted);
      this.#sockets.add(new Socket(ws, tcp as Tcp, this.#shared, address));
    });
  }

  #greeted(address: string): void {
    const left = (this.#greeting.get(address) ?? 1) - 1;
    if (left === 0) this.#greeting.delete(address);
    else this.#greeting.set(address, left);
  }

  /** The registry took this gateway for dead: its sessions were closed by their actors. */
  lost(): void {
    for (const socket of this.#sockets) socket.close("resync");
  }

  /** Tells every client to come back elsewhere, in steps, and waits until all have gone. */
  async drain(): Promise<void> {
    this.draining = true;
    const all = [...this.#sockets];
    const share = Math.ceil(all.length / DRAIN_STEPS);
    for (let i = 0; i < all.length; i += share) {
      for (const socket of all.slice(i, i + share)) socket.close("drained");
      if (all.length > DRAIN_STEPS) await new Promise((done) => setTimeout(done, DRAIN_STEP_MS));
    }
    const deadline = this.#shared.now() + 2_000;
    while (this.#sockets.size > 0 && this.#shared.now() < deadline)
      await new Promise((done) => setTimeout(done, 20));
    for (const socket of this.#sockets) socket.terminate();
    clearInterval(this.#sweep);
    for (const off of this.#off) off();
  }

  #route(records: Iterable<RouteRecord>): void {
    for (const record of records) {
      for (const sessionId of record.sessions) {
        const socket = this.#shared.sessions.get(sessionId);
        if (record.kind === "event") socket?.routed(record.seq, record.prev, record.frame);
        else if (record.kind === "head") socket?.reaches(record.seq);
        else socket?.signal(record.frame);
      }
    }
  }

  #tick(): void {
    const now = this.#shared.now();
    const { idleMs } = this.#shared.limits;
    for (const socket of this.#sockets) {
      if (socket.closed) continue;
      if (now >= socket.expiresAt)
        socket.close(socket.session === undefined ? "helloTimeout" : "expired");
      else if (now - socket.heardAt > idleMs) socket.close("idle");
      else if (now >= socket.beatAt && socket.session !== undefined) socket.beat(now);
    }
  }
}
