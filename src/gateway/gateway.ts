import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket as Tcp } from "node:net";
import { WebSocketServer } from "ws";
import type { RejectionCode } from "../protocol/codes.ts";
import { HELLO_BYTES_MAX } from "../protocol/envelope.ts";
import type { Parcel } from "../protocol/internal/routes.ts";
import { Chronicle } from "./chronicle.ts";
import { endAll, moveAll, sendAllAway, sendAway } from "./drain.ts";
import { clockOf } from "./groups/groupclock.ts";
import { Groups } from "./groups/groups.ts";
import { Addresses } from "./http/addresses.ts";
import { Intake } from "./intake.ts";
import { Presence } from "./presence.ts";
import { deliver } from "./routed.ts";
import { Retreat } from "./retreat.ts";
import { Rounds } from "./rounds.ts";
import { Vigil } from "./routes/vigil.ts";
import { Connection } from "./session/connection.ts";
import { Closings } from "./session/closings.ts";
import { Marks } from "./session/marks.ts";
import { Openings } from "./session/openings.ts";
import type { Addressee, Connected } from "./session/addressee.ts";
import type { Parts } from "./session/parts.ts";
import { People } from "./session/people.ts";
import { Questions } from "./session/questions.ts";
import { ListenedSocket, SocketWire, type Listener, type Wire } from "./socket/wire.ts";
import { Turnstile } from "./turnstile.ts";

/** Each socket is looked at about once a second … */
const SWEEP_PARTS = 10;
/** … a tenth of them at a time. */
const SWEEP_PART_MS = 100;

type Options = Pick<
  Parts,
  "world" | "limits" | "told" | "verify" | "now" | "wall" | "meter" | "log"
>;

/** Holds the WebSockets of one process: forwards what actors route, and sweeps what has gone quiet. */
export class Gateway {
  readonly #parts: Parts;
  readonly #vigil: Vigil;
  readonly #retreat: Retreat;
  readonly #connections = new Set<Connected>();
  readonly #rounds = new Rounds(this.#connections, SWEEP_PARTS);
  /** Sockets that have not said hello, per address. */
  readonly #greeting = new Addresses();
  readonly #server = new WebSocketServer({
    WebSocket: ListenedSocket,
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Anything but the first message is refused beyond FRAME_BYTES_MAX.
    maxPayload: HELLO_BYTES_MAX,
    // Libraries that write 4 KiB at a time make 40 pieces of the longest hello, networks of the smallest packets 306.
    maxFragments: 64,
    maxBufferedChunks: 512,
    // Beyond 60 pongs that wait to be written the library ends the connection.
    autoPong: true,
  });
  #sweep: NodeJS.Timeout | undefined;
  #off: (() => void)[] = [];
  draining = false;

  constructor(options: Options) {
    const { world, limits, now, log } = options;
    const sessions = new Map<string, Addressee>();
    const chronicle = new Chronicle(log, now);
    const openings = new Openings(now);
    const groups: Groups = new Groups({
      world,
      clock: clockOf(now),
      queueBytes: limits.queueBytes,
      coming: openings,
      beaten: (k) => vigil.beaten(k),
      confirms: (group) => vigil.confirms(group),
      stored: (group, seq) => vigil.stored(group, seq),
      failed: (error, words) => chronicle.failed(error, words),
    });
    const vigil = new Vigil({ world, sessions, groups, now, random: Math.random, log });
    this.#vigil = vigil;
    this.#retreat = new Retreat({ world, connections: this.#connections, sessions, now, log });
    this.#parts = {
      ...options,
      people: new People(limits),
      hellos: new Turnstile(),
      intake: new Intake(now),
      openings,
      questions: new Questions(),
      marks: new Marks(),
      closings: new Closings(world, log, now),
      presence: new Presence(world, limits.onlineMs, now, log),
      groups,
      chronicle,
      sessions,
      stored: (user, seq) => vigil.stored(user, seq),
      confirms: (user) => vigil.confirms(user),
      greeted: (address) => this.#greeting.leave(address),
      gone: (session) => this.#connections.delete(session),
    };
  }

  /** Begins to hear what actors route, and to sweep. */
  start(): void {
    const { world } = this.#parts;
    this.#sweep = setInterval(() => this.#tick(), SWEEP_PART_MS);
    this.#off = [
      world.onRoute((parcel) => this.#route(parcel)),
      world.onReconnect(() => this.#parts.presence.refresh()),
    ];
  }

  /** Has nothing been stored for a while? */
  get hasLostLog(): boolean {
    return this.#retreat.isLost;
  }

  /** Are clients asked to go elsewhere for that? Then new ones are not let in. */
  get retreats(): boolean {
    return this.#retreat.moves;
  }

  /** Open sockets. */
  get size(): number {
    return this.#connections.size;
  }

  /** Sessions that are being opened or used. */
  get sessions(): number {
    return this.#parts.sessions.size;
  }

  /** Sockets of this address that have not said hello. */
  greeting(address: string): number {
    return this.#greeting.of(address);
  }

  /** May this address open one more socket? */
  admits(address: string): boolean {
    return this.greeting(address) < this.#parts.limits.greetingPerAddress;
  }

  /** A connection from this address was refused; `status` of its answer, if it gets one. The log and the numbers are told. */
  refused(address: string, code: RejectionCode, status?: number): void {
    this.#parts.chronicle.door(address, code, status);
    this.#parts.meter.refused(code);
  }

  /** Completes an upgrade that has been judged already. */
  accept(request: IncomingMessage, tcp: Duplex, head: Buffer, address: string): void {
    this.#greeting.enter(address);
    const greeted = (): void => this.#greeting.leave(address);
    tcp.once("close", greeted);
    this.#server.handleUpgrade(request, tcp, head, (ws) => {
      tcp.off("close", greeted);
      ws.tellTo(this.enter(new SocketWire(ws, tcp as Tcp), address));
    });
  }

  /** Takes a socket in, by whatever its bytes move. Returns who is to hear what happens to it. */
  enter(wire: Wire, address: string): Listener {
    const connection = new Connection(wire, address, this.#parts);
    this.#connections.add(connection);
    return connection;
  }

  /** This gateway was declared dead: its sessions are closed by their actors, and their clients come back. */
  lost(): Promise<void> {
    this.#vigil.renamed();
    return sendAllAway([...this.#connections], "resync");
  }

  /**
   * A mailbox stream has begun a generation. Devices of the users in it come back and say how far they have come: what
   * they are told meanwhile may be of either. Receipts that are said again have to be stored again.
   */
  beginAnew(isOfStream: (user: string) => boolean): void {
    this.#parts.marks.forget();
    const theirs = [...this.#connections].filter(
      ({ session }) =>
        (session.is === "live" || session.is === "opening") && isOfStream(session.user),
    );
    sendAway([...theirs, ...this.#parts.groups.beginAnew(isOfStream)], "resync");
  }

  /**
   * Lets every client go, and waits until all have gone. From now on there are no new sockets; those that have not said
   * who they are lose nothing, and come back at once. Sessions are asked to move, spread over `spreadMs`, if there is
   * another gateway to go to (`elsewhere`); what is left is told to come back.
   */
  async drain(spreadMs: number, elsewhere: () => Promise<boolean>): Promise<void> {
    this.draining = true;
    this.#retreat.stop();
    const { chronicle, log, now } = this.#parts;
    const leaving = { connections: this.#connections, now };
    const sockets = this.size;
    sendAway([...this.#connections].filter(isStrange), "drained");
    const moves = sockets > 0 && (await elsewhere());
    log.info({ sockets, moves }, "draining");
    if (moves) await moveAll(leaving, spreadMs);
    await endAll(leaving);
    clearInterval(this.#sweep);
    for (const off of this.#off) off();
    this.#vigil.stop();
    this.#parts.presence.stop();
    chronicle.tidy(true);
  }

  #route(parcel: Parcel): void {
    deliver(parcel.records, this.#parts);
    this.#parts.groups.heard(parcel.moved ?? []);
    // Behind its records: what they told is not missing.
    this.#vigil.hear(parcel);
  }

  #tick(): void {
    this.#vigil.tick();
    this.#parts.groups.look();
    if (!this.draining) this.#retreat.tick();
    this.#rounds.visit((connection) => connection.tick());
    this.#parts.presence.tidy();
    this.#parts.chronicle.tidy();
  }
}

/** Has nobody been told yet who is at its other end? */
const isStrange = ({ session }: Connected): boolean =>
  session.is === "awaiting" || session.is === "verifying";
