import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { turnAway } from "../gateway/http/dismiss.ts";
import { healthAt, type Health } from "../gateway/http/health.ts";
import { openPort, portOf, type Listening } from "./port.ts";
import type { Part } from "./scope.ts";

const METRICS_PATH = "/metrics";
/** Two Prometheus servers and a person who looks: more is a mistake. */
const CONNECTIONS_MAX = 16;
/** A request of one line comes at once, and its answer is read at once. */
const REQUEST_MS = 10_000;

/** The text that is served, and its type. */
interface Numbers {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * The port for the one who runs the server, apart from that of the clients: `GET /metrics`, and how the process is, which
 * one without clients says nowhere else. On loopback unless the settings say otherwise, since the figures are nobody else's business.
 */
export class AdminPort implements Part {
  readonly #at: Listening;
  readonly #numbers: Numbers;
  readonly #health: () => Health;
  readonly #log: Logger;
  /** Connections that have an answer under way. */
  readonly #busy = new WeakSet<Socket>();
  #server: Server | undefined;

  constructor(at: Listening, parts: { numbers: Numbers; health: () => Health; log: Logger }) {
    const { numbers, health, log } = parts;
    this.#at = at;
    this.#numbers = numbers;
    this.#health = health;
    this.#log = log.child({ part: "admin" });
  }

  /** The port that it listens on; 0 before it does. */
  get port(): number {
    return this.#server === undefined ? 0 : portOf(this.#server);
  }

  /** @throws StartError when the port is taken. */
  async start(): Promise<void> {
    const server = createServer(
      { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS },
      (request, response) => this.#admit(request, response),
    );
    // Of a connection: neither a byte that came, nor one that was taken.
    server.timeout = REQUEST_MS;
    server.maxConnections = CONNECTIONS_MAX;
    await openPort(server, this.#at);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }

  /** One answer at a time: whoever asks again before it has one, as no scraper does, would have them gather here. */
  #admit(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (this.#busy.has(socket)) return void socket.destroy();
    this.#busy.add(socket);
    response.once("close", () => this.#busy.delete(socket));
    this.#answer(request, response);
  }

  #answer({ method = "", url = "" }: IncomingMessage, response: ServerResponse): void {
    const [path = ""] = url.split("?");
    const health = healthAt(path, this.#health);
    if (health === undefined && path !== METRICS_PATH)
      return turnAway(response, 404, "http.not_found");
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return turnAway(response, 405, "http.method_not_allowed");
    }
    if (health !== undefined) {
      response.writeHead(health.status, { "Content-Type": health.contentType });
      response.end(health.text);
      return;
    }
    this.#numbers.text().then(
      (text) => {
        response.setHeader("Content-Type", this.#numbers.contentType);
        response.end(text);
      },
      (error: unknown) => {
        this.#log.error({ error }, "metrics not put together");
        turnAway(response, 500, "internal");
      },
    );
  }
}
