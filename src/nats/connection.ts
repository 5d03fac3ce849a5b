import type { Socket } from "node:net";
import {
  createInbox,
  type NatsConnection,
  type ReconnectToServerHandler,
} from "@nats-io/transport-node";
import type { Logger } from "pino";
import { StartError } from "../start-error.ts";
import { authenticators, type Login } from "./login.ts";
import { isSilence, NotYetError } from "./notyet.ts";
import { redact } from "./redact.ts";
import { tlsFault, tlsFor, type Certificates } from "./tls.ts";
import { dial } from "./transport.ts";

/** Older servers lack what Posthorn relies on or carry known holes (docs/operations.md). */
const SERVER_MIN = [2, 14, 3] as const;

/** Bytes that a message may have: a page of history or a batch of routes is below it. */
const PAYLOAD_MIN = 256 * 1024;

/**
 * A server that answers no ping is left for another one at the third: 4 to 6 s behind the moment at which it stood still. Before
 * that, nobody is served who is connected to it through this process, though the other servers have chosen a new leader.
 */
const PING_MS = 2_000;

/** Of refusals in a row so many are passed over behind each that is logged: a password that is wrong is refused five times a second. */
const REFUSALS_QUIET = 20;

/** The address of the broker, and who this process is to it. */
export interface Address extends Login {
  /** Servers, `nats://host:port`, comma separated. */
  readonly url: string;
  /** Given, or with `tls://` in the URL, nothing is said to a server without TLS. */
  readonly certificates?: Certificates;
}

/** A connection and what it tells of itself. */
export interface Link {
  readonly nc: NatsConnection;
  /** Calls back each time the connection is back after a break. Returns the unsubscribe. */
  onReconnect(listener: () => void): () => void;
  readonly connected: () => boolean;
  /** A new subject for answers to this connection. */
  inbox(): string;
  drain(): Promise<void>;
}

/**
 * Opens a connection that reconnects for ever.
 * @throws StartError when no server is there, the credentials are wrong or the server is too old; NotYetError when one takes the
 * connection and says nothing.
 */
export async function connect(broker: Address, name: string, log: Logger): Promise<Link> {
  const logins = authenticators(broker);
  const inbox = inboxOf(broker.user);
  const tls = tlsFor(broker.url, broker.certificates);
  const nc = await dial({
    servers: broker.url.split(",").map((url) => url.trim()),
    name,
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    // A broker that refuses us twice, as in the middle of a change of passwords, is asked again, too.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    pingInterval: PING_MS,
    timeout: 5_000,
    reconnectToServer: triedLongestAgo,
    inboxPrefix: inbox,
    ...(logins.length > 0 && { authenticator: logins }),
    ...(tls && { tls }),
  }).catch((error: unknown) => {
    const fault = tls && tlsFault(error, tls);
    const sentence = `cannot connect to NATS at ${redact(broker.url)} (NATS_URL): ${fault ?? reason(error)}`;
    if (fault === undefined && isSilence(error)) throw new NotYetError(sentence);
    throw new StartError(sentence);
  });
  const unfit = unfitness(nc);
  if (unfit !== undefined) {
    await nc.close();
    throw new StartError(unfit);
  }
  return { ...observe(nc, name, log), inbox: () => createInbox(inbox) };
}

/** The library's socket, which its types do not name. */
interface Inner {
  readonly protocol?: { readonly transport?: { readonly socket?: Socket } };
}

/**
 * Hears errors of writes that come when the library has left the socket: it takes its listeners away even if one is on its way,
 * and an error that nobody hears ends the process. Nothing is lost by it: an answer that does not come has told who wrote.
 */
function hearLateErrors(nc: NatsConnection): void {
  const socket = (nc as Inner).protocol?.transport?.socket;
  if (socket === undefined) return;
  const remove = socket.removeAllListeners.bind(socket);
  socket.removeAllListeners = (...names) => remove(...names).on("error", () => undefined);
}

/**
 * The server to dial next. By itself the library dials the one first that was just lost: if that stands still, it takes the
 * connection, says nothing, and is waited for until the timeout.
 */
const triedLongestAgo: ReconnectToServerHandler = (servers) =>
  servers.reduce((first, each) => (each.lastConnect < first.lastConnect ? each : first));

/**
 * The beginning of the subjects of answers to a user: each has its own in docker/nats.conf, so that none hears another's. A name
 * that is no token, and a login without a name, have the common one.
 */
const inboxOf = (user = "posthorn"): string =>
  `_INBOX_${/^[A-Za-z0-9_-]+$/.test(user) ? user : "posthorn"}`;

/** The reason why this server cannot be used, if it cannot. */
function unfitness({ info }: NatsConnection): string | undefined {
  const { version = "0", max_payload: payload = 0 } = info ?? {};
  const old = tooOld(version);
  if (old !== undefined) return old;
  if (payload < PAYLOAD_MIN)
    return `nats-server takes messages of ${payload} bytes: max_payload has to be at least ${PAYLOAD_MIN}`;
  return undefined;
}

function observe(nc: NatsConnection, name: string, log: Logger): Omit<Link, "inbox"> {
  const listeners = new Set<() => void>();
  let connected = true;
  hearLateErrors(nc);
  /** In a row. */
  let refusals = 0;
  const watch = async (): Promise<void> => {
    for await (const status of nc.status()) {
      if (status.type === "disconnect") {
        connected = false;
        log.warn({ link: name }, "broker connection lost");
      } else if (status.type === "reconnect") {
        // Behind refusals the library says it once for each of them.
        if (connected) continue;
        connected = true;
        hearLateErrors(nc);
        refusals = 0;
        log.info({ link: name }, "broker connection restored");
        for (const listener of listeners) listener();
      } else if (status.type === "error" && refusals++ % REFUSALS_QUIET === 0) {
        log.error({ link: name, reason: status.error.message }, "broker refused");
      }
    }
  };
  watch().catch((error: unknown) => log.error({ link: name, error }, "broker status ended"));
  return {
    nc,
    connected: () => connected && !nc.isClosed(),
    onReconnect(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async drain() {
      if (nc.isClosed()) return;
      // A drain waits for the server; while the server is away, or is found to be, there is nothing to wait for.
      await (connected ? nc.drain().catch(() => nc.close()) : nc.close());
    },
  };
}

/** The reason why a server of this version cannot be used; undefined: it can. */
export const tooOld = (version: string): string | undefined =>
  olderThan(version, SERVER_MIN)
    ? `nats-server ${version} is too old: at least ${SERVER_MIN.join(".")} is needed`
    : undefined;

/** Is `1.2.3-beta` older than the minimum? */
function olderThan(version: string, minimum: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [i, least] of minimum.entries()) {
    const part = parts[i] ?? 0;
    if (part !== least) return !(part > least);
  }
  return false;
}

/** The part of an error that is logged. */
export const reason = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
