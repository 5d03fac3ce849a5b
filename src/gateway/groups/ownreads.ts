import type { Seat } from "./groupcourse.ts";
import type { World } from "../ports.ts";
import type { Clock } from "./groupclock.ts";

/** How far somebody has read a group is a fact of their own at once, and then so often: their other devices need it, nobody else. */
const EVERY_MS = 30_000;

interface Own {
  /** How far the group was told … */
  told: number;
  /** … and the own mailbox. */
  stated: number;
  statedAt: number;
  /** Takes its turn back; undefined: it has none. */
  cancel: (() => void) | undefined;
}

interface Parts {
  readonly world: Pick<World, "receipt">;
  readonly clock: Clock;
  readonly failed: (error: unknown, words: string) => void;
}

/** Own reads: how far the users of this gateway have read their groups, as facts of their own mailboxes, once the group has been told. */
export class OwnReads {
  readonly #parts: Parts;
  readonly #reads = new WeakMap<Seat, Own>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The group has been told that the seat's user has read so far. */
  stored(seat: Seat, upTo: number): void {
    const { clock } = this.#parts;
    const own = this.#reads.get(seat) ?? {
      told: upTo,
      stated: 0,
      statedAt: Number.NEGATIVE_INFINITY,
      cancel: undefined,
    };
    this.#reads.set(seat, own);
    own.told = Math.max(own.told, upTo);
    const ms = Math.max(0, own.statedAt + EVERY_MS - clock.now());
    own.cancel ??= clock.after(ms, () => void this.state(seat));
  }

  /** States what is not stated yet, as at the end of the session. */
  async state(seat: Seat): Promise<void> {
    const own = this.#reads.get(seat);
    if (own === undefined) return;
    own.cancel?.();
    own.cancel = undefined;
    if (own.told <= own.stated) return;
    const { world, clock, failed } = this.#parts;
    const { on, user, course } = seat;
    const upTo = own.told;
    const before = own.stated;
    own.stated = upTo;
    own.statedAt = clock.now();
    const fact = {
      type: "MessageRead",
      author: user,
      peer: course.group,
      device: seat.deviceId,
      upTo,
    } as const;
    on.begun();
    try {
      await world.receipt(user, on.key.sessionId, fact);
    } catch (error) {
      // At the end of the session it is left to the device, which says it again when it comes back, if its mailbox does not show it.
      own.stated = before;
      if (on.session.is === "live")
        own.cancel ??= clock.after(EVERY_MS, () => void this.state(seat));
      failed(error, "receipt not stored");
    } finally {
      on.done();
    }
  }
}
