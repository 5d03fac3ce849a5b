import { randomBytes } from "node:crypto";
import { FRAME_BYTES_MAX } from "../../protocol/envelope.ts";
import { parseFrame } from "../../protocol/parse.ts";
import type { Sender } from "../intake.ts";
import type { LogReading } from "../ports.ts";
import type { Listener, Wire } from "../socket/wire.ts";
import type { Connected } from "./addressee.ts";
import type { Parts } from "./parts.ts";
import { perform } from "./effects.ts";
import { Heart, type HeartbeatEnds } from "./heart.ts";
import { milestoneOf } from "./milestone.ts";
import { draw, type Bucket } from "./limits.ts";
import { awaiting, type Effect, type Happening, type Key, type Session } from "./session.ts";
import { step } from "./step.ts";

/** The WebSocket's own code for a message that is too long. */
const TOO_LONG = 1009;

/** Messages, pings and pongs that may come behind the word that closes a socket. Each costs some µs. */
const LATE_MAX = 20_000;

/** A connection: one socket and the state of its session. It asks {@link step} and has it performed. */
export class Connection implements Connected, Listener, Sender {
  readonly key: Key = {
    sessionId: randomBytes(12).toString("base64url"),
    resume: randomBytes(16).toString("base64url"),
  };
  readonly wire: Wire;
  readonly address: string;
  reading: LogReading | undefined;
  readonly #parts: Parts;
  readonly #heart: Heart;
  #session: Session;
  #underWay = 0;
  #controls: Bucket = 0;
  /** Messages, pings and pongs that have come behind the word that closes the socket. */
  #late = 0;
  /** Seconds of the monotonic clock, once the client was welcomed. */
  #openedAt: number | undefined;
  #behind: (() => void) | undefined;

  constructor(wire: Wire, address: string, parts: Parts) {
    this.wire = wire;
    this.address = address;
    this.#parts = parts;
    const now = parts.now();
    this.#session = awaiting(this.key, now, parts.limits.helloMs);
    this.#heart = new Heart(now, parts.limits.heartbeatMs);
  }

  get session(): Session {
    return this.#session;
  }

  happen(happening: Happening): void {
    const parts = this.#parts;
    const before = this.#session;
    const [next, effects] = step(before, happening, parts.now(), parts);
    this.#session = next;
    if (next.is !== before.is) this.#turn(before, happening, effects);
    for (const effect of effects) perform(effect, this, parts);
  }

  /** The session is in another state: the log may have to be told. */
  #turn(before: Session, happening: Happening, effects: readonly Effect[]): void {
    const milestone = milestoneOf([before, this.#session], happening, effects);
    if (milestone === undefined) return;
    const { chronicle, meter, now } = this.#parts;
    const place = { address: this.address, session: this.key.sessionId };
    const seconds = Math.round(now() / 1_000);
    if (milestone.is === "opened") this.#openedAt = seconds;
    const lasted = milestone.is === "closed" && { seconds: seconds - (this.#openedAt ?? seconds) };
    chronicle.tell(milestone, { ...place, ...lasted });
    meter.session(milestone.is, milestone.code);
  }

  tick(): void {
    const { now: clock, limits } = this.#parts;
    const now = clock();
    const silentMs = this.#heart.look(this.wire.traffic(), now);
    const beat = this.#heart.beats(now, limits.heartbeatMs);
    const ends = beat ? this.#ends() : {};
    this.happen({ type: "tick", silentMs, beat, ...ends, refused: this.#isRefused });
  }

  /** Is its opening under way to a stream that is away? It may be stored yet, and is ended then. */
  get #isRefused(): boolean {
    const { session } = this;
    return session.is === "opening" && this.#parts.world.refuses(session.user);
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.#session.is === "closed") return this.#countLate();
    this.#parts.intake.take(this, data, isBinary);
  }

  /** Pings and pongs cost as much as frames, and come as often from no honest client. */
  control(): void {
    if (this.#session.is === "closed") return this.#countLate();
    const { now, limits } = this.#parts;
    const { framesPerSecond, framesBurst } = limits;
    const { bucket, retryAfterMs } = draw(this.#controls, now(), framesPerSecond, framesBurst);
    this.#controls = bucket;
    if (retryAfterMs > 0) this.happen({ type: "ended", close: "tooMany" });
  }

  /** A flood that was under way when the socket was closed hears why; one that goes on is cut off. */
  #countLate(): void {
    this.#late += 1;
    if (this.#late > LATE_MAX) this.wire.terminate();
  }

  read(data: Buffer, isBinary: boolean): void {
    if (this.#session.is === "closed") return;
    // Cursors of many groups are longer than anything else; the socket takes as much.
    if (data.length > FRAME_BYTES_MAX && this.#session.is !== "awaiting") {
      this.wire.close(TOO_LONG, "");
      return this.gone(TOO_LONG);
    }
    if (isBinary)
      return this.happen({ type: "misread", rejection: { code: "frame.binary" }, names: {} });
    const parsed = parseFrame(data.toString("utf8"));
    if (!("frame" in parsed)) return this.happen({ type: "misread", ...parsed });
    const { frame } = parsed;
    const waitMs = this.#waitMs();
    // Each frame comes through here: a spread costs as much as reading it.
    if (frame.t !== "ping") return this.happen({ type: "frame", frame, waitMs });
    this.happen({ type: "frame", frame, waitMs, ...this.#ends() });
  }

  /** Ends of mailboxes that a heartbeat may tell. */
  #ends(): HeartbeatEnds {
    if (this.#session.is !== "live") return {};
    const { confirms, groups } = this.#parts;
    return { confirmed: confirms(this.#session.user), heads: groups.moved(this) };
  }

  /** Counts a frame for its user, over all their sockets; ms to wait when there are too many. */
  #waitMs(): number {
    const { people, now } = this.#parts;
    return this.#session.is === "live" ? people.take("frames", this.#session.user, now()) : 0;
  }

  gone(code: number): void {
    this.#parts.intake.finish(this);
    this.happen({ type: "gone", code });
    this.#parts.gone(this);
  }

  failed({ message }: Error): void {
    this.#parts.log.debug({ reason: message }, "socket error");
  }

  signal(frame: string): void {
    this.happen({ type: "signal", frame });
  }

  begun(): void {
    this.#underWay++;
  }

  done(): void {
    this.#underWay--;
    if (this.#underWay > 0) return;
    this.#behind?.();
    this.#behind = undefined;
  }

  behind(run: () => void): void {
    if (this.#underWay === 0) run();
    else this.#behind = run;
  }
}
