import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as EncryptedServer } from "node:https";
import type { Socket } from "node:net";
import { Addresses, networkOf } from "./addresses.ts";
import { dismiss, turnAway } from "./dismiss.ts";
import { Turnstile } from "../turnstile.ts";
import { isHealth } from "./health.ts";
import { offersElse, readPlainly } from "./plainly.ts";
import { unfitness } from "./unfit.ts";
import { addressOf, remoteOf, refuseUpgrade, upgrade, type Door } from "./upgrade.ts";

/** Requests that one connection may have waiting behind the one that is answered: more is an attack, not haste. */
const PIPELINED_MAX = 8;
/** Connections beyond an address's share that are still answered: once, `429` or how the server is. */
const SPARE_CONNECTIONS = 20;
/** Requests that Node cannot read, by the code of its error. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** The limits of HTTP for one address and one connection; each has a setting (docs/operations.md). */
export interface HttpLimits {
  /** Connections of one address, until their session is welcomed. */
  readonly connectionsPerAddress: number;
  /** For a request's header to come, and for the whole request. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** An answer of which nothing is read for so long is given up. */
  readonly answerMs: number;
  /** Between the answer to one request and the next request. */
  readonly idleMs: number;
}

/** A request whose answer is under way, or waits for those before it. An upgrade has no response. */
interface Turn {
  readonly response?: ServerResponse;
  begin(): void;
}

/** One TCP connection, until it ends or becomes a WebSocket. */
interface Connection {
  readonly tcp: Socket;
  /** The address it counts for; none: a trusted proxy's, whose requests count for their clients. */
  readonly address: string | undefined;
  /** Is it beyond its address's share? */
  readonly spare: boolean;
  /** Oldest first: the first is being answered. */
  readonly turns: Turn[];
  readonly gone: () => void;
}

interface Asker {
  readonly client: string;
  readonly tooMany: boolean;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Bounds what a TCP connection may cost before it is a session: connections are counted per address,
 * requests are answered one at a time and in order, and what is not read in time is given up
 * (docs/adr/0014).
 */
export class Connections {
  readonly #door: Door;
  readonly #limits: HttpLimits;
  readonly #answer: Answer;
  readonly #open = new Map<Socket, Connection>();
  readonly #addresses = new Addresses();
  readonly #turnstile = new Turnstile();

  constructor(door: Door, limits: HttpLimits, answer: Answer) {
    this.#door = door;
    this.#limits = limits;
    this.#answer = answer;
  }

  /** Receives all that the server is told of its connections. */
  guard(server: Server): void {
    if (server instanceof EncryptedServer) this.#guardHandshakes(server);
    else server.on("connection", (tcp) => void this.#enter(tcp));
    server.on("request", (request, response) => this.#request(request, response));
    server.on("upgrade", (request, tcp, head) => {
      if (this.#isPassedOver(request)) readPlainly(server, request, head);
      else this.#upgrade(request, tcp as Socket, head);
    });
    server.on("clientError", (error, tcp) => this.#failed(error, tcp as Socket));
  }

  /** The holdings of an address: connections, and sockets that are not welcomed yet. */
  #held(address: string): number {
    return this.#addresses.of(address) + this.#door.gateway.greeting(address);
  }

  /** undefined: the address has too many. One whose request is read once more has entered already. */
  #enter(tcp: Socket): Connection | undefined {
    const known = this.#open.get(tcp);
    if (known !== undefined) return known;
    const peer = remoteOf(tcp);
    const address = this.#door.trustedProxies.trusts(peer) ? undefined : networkOf(peer);
    const beyond =
      address === undefined ? -1 : this.#held(address) - this.#limits.connectionsPerAddress;
    if (beyond >= SPARE_CONNECTIONS) {
      this.#door.gateway.refused(networkOf(peer), "limit.sockets");
      tcp.destroy();
      return undefined;
    }
    if (address !== undefined) this.#addresses.enter(address);
    const gone = (): void => this.#leave(connection);
    const connection: Connection = { tcp, address, spare: beyond >= 0, turns: [], gone };
    this.#open.set(tcp, connection);
    tcp.once("close", gone);
    return connection;
  }

  /** A connection of TLS has two sockets: until hands are shaken the first counts, then the second. */
  #guardHandshakes(server: EncryptedServer): void {
    const shaking = new Map<string, Connection>();
    server.on("connection", (tcp: Socket) => {
      const connection = this.#enter(tcp);
      if (connection === undefined) return;
      const name = portOf(tcp);
      shaking.set(name, connection);
      tcp.once("close", () => shaking.delete(name));
    });
    server.on("secureConnection", (tls) => {
      const connection = shaking.get(portOf(tls));
      if (connection !== undefined) this.#leave(connection);
      this.#enter(tls);
    });
  }

  /** The connection has ended, or is a WebSocket from now on. */
  #leave({ tcp, address, turns, gone }: Connection): void {
    if (!this.#open.delete(tcp)) return;
    tcp.off("close", gone);
    turns.length = 0;
    if (address !== undefined) this.#addresses.leave(address);
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(request.socket);
    if (connection === undefined || request.socket.destroyed) return;
    this.#queue(connection, {
      response,
      begin: () => {
        const { answerMs } = this.#limits;
        response.setTimeout(answerMs, () => {
          // Before the answer has begun, the time limit for the request holds.
          if (response.headersSent) request.socket.destroy();
          else request.socket.setTimeout(answerMs);
        });
        response.once("close", () => this.#next(connection));
        this.#judge(connection, request, response);
      },
    });
  }

  #judge(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    const { client, tooMany } = this.#asker(connection, request);
    if (connection.address === undefined) {
      this.#addresses.enter(client);
      response.once("close", () => this.#addresses.leave(client));
    }
    if (tooMany) response.shouldKeepAlive = false;
    const unfit = unfitness(request);
    if (unfit !== undefined) {
      response.shouldKeepAlive = false;
      response.writeHead(unfit).end();
    } else if (tooMany && !isHealth(request.url ?? "")) {
      this.#door.gateway.refused(client, "limit.sockets", 429);
      turnAway(response, 429, "limit.sockets");
    } else this.#answer(request, response);
  }

  /** The address that a request counts for, and whether it has too many already. */
  #asker({ address, spare }: Connection, request: IncomingMessage): Asker {
    if (address !== undefined) return { client: address, tooMany: spare };
    const client = networkOf(addressOf(request, this.#door.trustedProxies));
    return { client, tooMany: this.#held(client) >= this.#limits.connectionsPerAddress };
  }

  #queue({ tcp, turns }: Connection, turn: Turn): void {
    turns.push(turn);
    if (turns.length > PIPELINED_MAX + 1) tcp.destroy();
    else if (turns.length === 1) turn.begin();
  }

  #next({ turns }: Connection): void {
    turns.shift();
    turns[0]?.begin();
  }

  /** Is the request to be answered as if it had offered nothing? Not where it is refused whatever it offers. */
  #isPassedOver(request: IncomingMessage): boolean {
    const isFirst = this.#open.get(request.socket)?.turns.length === 0;
    return isFirst && unfitness(request) === undefined && offersElse(request);
  }

  #upgrade(request: IncomingMessage, tcp: Socket, head: Buffer): void {
    const connection = this.#open.get(tcp);
    if (connection === undefined) return void tcp.destroy();
    tcp.on("error", destroy);
    const unfit = unfitness(request);
    if (unfit !== undefined) return dismiss(tcp, bare(`${unfit} ${STATUS_CODES[unfit]}`));
    if (connection.turns.length > 0) return this.#refuseBehind(connection);
    this.#turnstile.pass(() => this.#admit(connection, request, head));
  }

  /** Until its turn the connection counts for its address; it may be gone by then. */
  #admit(connection: Connection, request: IncomingMessage, head: Buffer): void {
    const { tcp } = connection;
    if (!this.#open.has(tcp)) return;
    const { client: address, tooMany: full } = this.#asker(connection, request);
    upgrade(this.#door, { request, tcp, head, address, full }, () => this.#leave(connection));
  }

  /**
   * Refuses an upgrade that did not wait for the answers before it, once they are read: an answer
   * must never lie inside a WebSocket's stream. Node has taken its own hands off the connection.
   */
  #refuseBehind(connection: Connection): void {
    const { tcp, turns } = connection;
    tcp.on("drain", () => turns[0]?.response?.emit("drain"));
    tcp.setTimeout(this.#limits.answerMs, () => tcp.destroy());
    this.#queue(connection, { begin: () => refuseUpgrade(tcp, 400, "upgrade.refused") });
  }

  /** Answers what is no request; never in the middle of another answer. */
  #failed({ code = "" }: NodeJS.ErrnoException, tcp: Socket): void {
    const first = this.#open.get(tcp)?.turns[0];
    if (first?.response?.headersSent === true) tcp.destroy();
    else dismiss(tcp, bare(UNREADABLE[code]));
  }
}

/** The other end of a connection, which no other that is open has. */
const portOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

const bare = (status = "400 Bad Request"): string =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`;

/** One for all, not a closure per socket. */
function destroy(this: Socket): void {
  this.destroy();
}
