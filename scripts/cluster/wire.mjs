import { once } from "node:events";
import { connect, createServer } from "node:net";
import { Writable } from "node:stream";

/**
 * The damage of a wire. `closed`: connections are closed, and new ones as soon as they come. `there`, `back`: nothing reaches the one who
 * listens, or comes from it, and nobody is told, as in a network that loses everything; what waits goes on once the wire is whole. `lateMs`:
 * all that comes is passed on so late, twice that at most where it comes behind something else that is late.
 * @typedef {{ closed: boolean, there: boolean, back: boolean, lateMs: number }} Damage
 */

/** @type {Readonly<Damage>} */
export const WHOLE = { closed: false, there: false, back: false, lateMs: 0 };

/** The way of one process to another on this machine: a port of its own, from which TCP is passed on, and which may be damaged. */
export class Wire {
  #server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));
  /** @type {Set<Strand>} */
  #strands = new Set();
  /** @type {Readonly<Damage>} */
  #damage = WHOLE;

  /**
   * @param {number} target The port of the one who listens.
   * @param {number} [port] The port to listen on; any free one unless it is named.
   * @returns {Promise<Wire>}
   */
  static async lay(target, port = 0) {
    const wire = new Wire(target);
    wire.#server.listen(port, "127.0.0.1");
    await once(wire.#server, "listening");
    return wire;
  }

  /** @param {number} target */
  constructor(target) {
    this.target = target;
  }

  get port() {
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  /** The connections that it has, passed on or held. */
  get connections() {
    return this.#strands.size;
  }

  /** Does something to all connections, and to those that come, until something else is done. @param {Readonly<Damage>} damage */
  damage(damage) {
    this.#damage = damage;
    for (const strand of this.#strands) strand.suffer(damage);
  }

  /** Ends for good. */
  remove() {
    this.#server.close();
    this.damage({ ...WHOLE, closed: true });
  }

  /** @param {import("node:net").Socket} near */
  #accept(near) {
    const strand = new Strand(near, this.target, () => this.#strands.delete(strand));
    this.#strands.add(strand);
    strand.suffer(this.#damage);
  }
}

/** One connection of a wire. */
class Strand {
  #near;
  #target;
  #gone;
  /** Not dialled before something can come back. @type {import("node:net").Socket | undefined} */
  #far;
  /** @type {Readonly<Damage>} */
  #damage = WHOLE;
  /** The ends from which bytes are passed on just now. @type {Set<import("node:net").Socket>} */
  #flowing = new Set();
  /** By the end from which they come, bytes on their way. @type {Map<import("node:net").Socket, Writable>} */
  #lines = new Map();

  /** @param {import("node:net").Socket} near @param {number} target @param {() => void} gone */
  constructor(near, target, gone) {
    this.#near = near;
    this.#target = target;
    this.#gone = gone;
    this.#follow(near);
  }

  /** @param {Readonly<Damage>} damage */
  suffer(damage) {
    this.#damage = damage;
    if (damage.closed) return this.#end();
    const far = this.#far ?? this.#dial();
    if (far === undefined) return;
    this.#pass(this.#near, far, damage.there);
    this.#pass(far, this.#near, damage.back);
  }

  #dial() {
    if (this.#damage.there || this.#damage.back || this.#near.destroyed) return undefined;
    const far = connect({
      port: this.#target,
      host: "127.0.0.1",
      noDelay: true,
      allowHalfOpen: true,
    });
    this.#far = far;
    this.#follow(far);
    return far;
  }

  /** @param {import("node:net").Socket} end */
  #follow(end) {
    end.on("error", () => end.destroy());
    end.on("close", () => {
      this.suffer(this.#damage);
      if (this.#near.destroyed && this.#far?.destroyed !== false) this.#gone();
    });
  }

  /** Bytes go on from one end to the other, and so does its end, unless they are held. @param {import("node:net").Socket} from @param {import("node:net").Socket} to @param {boolean} isHeld */
  #pass(from, to, isHeld) {
    const line = this.#lines.get(from) ?? this.#lineTo(to);
    this.#lines.set(from, line);
    if (isHeld) {
      if (this.#flowing.delete(from)) from.unpipe(line).pause();
    } else if (from.destroyed) to.destroy();
    else if (!this.#flowing.has(from)) {
      this.#flowing.add(from);
      from.pipe(line);
    }
  }

  /** Takes bytes, and their end, to one end in their order. @param {import("node:net").Socket} to */
  #lineTo(to) {
    /** @param {() => void} go */
    const soon = (go) => {
      const { lateMs } = this.#damage;
      if (lateMs === 0) go();
      else setTimeout(go, lateMs);
    };
    return new Writable({
      writev: (pieces, done) =>
        // An end that is gone is told to the other one by its "close".
        soon(() => to.write(Buffer.concat(pieces.map(({ chunk }) => chunk)), () => done())),
      final: (done) => soon(() => to.end(() => done())),
    });
  }

  #end() {
    this.#near.destroy();
    this.#far?.destroy();
  }
}
