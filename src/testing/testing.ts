import type { ClientOptions, WebSocketClass } from "../client/api.ts";
import { limitsOf } from "../config/limits.ts";
import { Given } from "../config/settings.ts";
import { UserId } from "../events/ids.ts";
import { isGroup, messageId, parseMessageId } from "../events/messageid.ts";
import type { Connected } from "../gateway/session/addressee.ts";
import type { Data } from "../protocol/extras.ts";
import type { MessageRow } from "../protocol/frames/history.ts";
import { MemoryGateway } from "./memorygateway.ts";
import { CUT, MemorySocket } from "./memorysocket.ts";
import { MemoryWorld } from "./memoryworld.ts";

/** A message that somebody without a client writes. */
export interface TestMessage {
  /** The id of its author. */
  readonly from: string;
  /** The id of the user, or of the group, to whom it is sent. */
  readonly to: string;
  /** Its text. */
  readonly body: string;
  /** Content besides the text, a JSON object. */
  readonly data?: Data;
}

/**
 * A server in memory, for the tests of an app: sessions, actors, rules and views are those of the real one, over a log
 * that ends with the test. No port is opened, and nothing is stored. Its words and effects take a few turns of
 * the loop. It takes fake timers, which it has to be made under.
 */
export interface TestServer {
  /** All that a client of this user needs besides its own options. The token is the user's id. */
  optionsFor(user: string): Pick<ClientOptions, "url" | "getToken" | "webSocket">;
  /** For a client that gets its token otherwise: any user's id is one. */
  readonly webSocket: WebSocketClass;
  /**
   * Somebody writes a message, whether they have a client or not. Resolves with its id when it is stored.
   * @throws Error where a group does not take it
   */
  write(message: TestMessage): Promise<string>;
  /** Somebody has read all that `peer` has written to them, or others in this group. */
  read(user: string, peer: string): Promise<void>;
  /** The conversation of `user` with `peer`, as the history has it; at most its last 100 messages. */
  messages(user: string, peer: string): Promise<readonly MessageRow[]>;
  /** Cuts the sockets of a user, or all, as a network does; clients come back. `code`: of the close, 1006 unless told. */
  cut(user?: string, code?: number): void;
  /**
   * Tells the clients of a user, or all, that their server goes away: they open another socket, and leave this one when that has caught
   * up. While nobody can connect they stay, until they are cut.
   */
  goAway(user?: string): void;
  /** False: nobody can connect until it is true again. */
  reachable: boolean;
  /** Ends all sockets and timers. */
  close(): void;
}

/** The limits of a server that nobody has configured. */
const LIMITS = limitsOf(Given.parse({}));
/** Tokens of the double do not end. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;
/** As a server says it that is stopped (`DRAIN_MS`). */
const AWAY_MS = 10_000;
/** Messages of an answer. */
const PAGE = 100;

let servers = 0;

/** Makes a server in memory for one test. */
export function createTestServer(): TestServer {
  const epoch = `double${++servers}`;
  const wall = (): number => Date.now();
  const world = new MemoryWorld({ epoch, now: wall, onlineMs: LIMITS.onlineMs });
  const gateway = new MemoryGateway({
    world,
    limits: LIMITS,
    verify: async (token) =>
      UserId.safeParse(token).success ? { user: token, expiresAt: FOR_EVER } : undefined,
    now: () => performance.now(),
    wall,
  });
  const sockets = new Map<MemorySocket, Connected>();
  /** The open sockets of a user, or all. */
  const of = (user: string | undefined): (readonly [MemorySocket, Connected])[] => {
    for (const [socket, { session }] of sockets)
      if (session.is === "closed") sockets.delete(socket);
    return [...sockets].filter(
      ([, { session }]) => user === undefined || ("user" in session && session.user === user),
    );
  };
  const server: TestServer = {
    webSocket: class extends MemorySocket {
      constructor(_url: string) {
        super((wire, socket) => {
          if (!server.reachable) return undefined;
          const connection = gateway.enter(wire);
          sockets.set(socket, connection);
          return connection;
        });
      }
    },
    optionsFor: (user) => ({
      url: "ws://double/v1/ws",
      getToken: async () => user,
      webSocket: server.webSocket,
    }),
    reachable: true,
    cut(user, code = CUT) {
      for (const [socket] of of(user)) socket.end(code);
    },
    goAway(user) {
      for (const [, connection] of of(user))
        connection.happen({ type: "leaving", withinMs: AWAY_MS });
    },
    close: () => gateway.stop(),
    ...people(world),
  };
  return server;
}

/** Deeds of people who have no client. */
function people(world: MemoryWorld): Pick<TestServer, "write" | "read" | "messages"> {
  let written = 0;
  const rows = async (user: string, peer: string): Promise<readonly MessageRow[]> =>
    world.history(user, peer, PAGE);
  return {
    async write({ from: author, to, body, data }) {
      const cid = `double.${++written}`;
      const said = { type: "MessageSent", author, to, device: "double", cid, body } as const;
      const { seq } = await world.state(author, "double", data ? { ...said, data } : said);
      if (!isGroup(to)) return messageId(author, seq);
      const accepted = world.accepted(to, seq, author);
      if (accepted === undefined) throw new Error(`${to} does not take it of ${author}`);
      return messageId(to, accepted);
    },
    async read(user, peer) {
      const last = (await rows(user, peer)).findLast(({ author }) => author !== user);
      const upTo = last && parseMessageId(last.id)?.position;
      if (upTo === undefined) return;
      if (isGroup(peer)) {
        const { gatewayId: gateway } = world;
        const read: [number, string[]][] = [[upTo, [user]]];
        await world.gather(peer, { type: "ReceiptsGathered", gateway, delivered: [], read });
      }
      const fact = { type: "MessageRead", author: user, peer, device: "double", upTo } as const;
      await world.state(user, "double", fact);
    },
    messages: rows,
  };
}
