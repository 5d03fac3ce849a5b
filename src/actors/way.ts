import { Owed } from "./owed.ts";

/** Copies to one other stream under way: beyond it, or the characters, the next are owed. */
const UNDER_WAY_MAX = 2_048;
const UNDER_WAY_CHARS_MAX = 4 * 1024 * 1024;

/** The copies of one partition to one stream. */
export class Way {
  readonly #isOwn: boolean;
  readonly owed = new Owed();
  #underWay = 0;
  #chars = 0;
  /** Somebody is putting the owed ones. */
  isPaying = false;

  /** `isOwn`: to the partition's own stream, where without it nothing is read either. */
  constructor(isOwn: boolean) {
    this.#isOwn = isOwn;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Must the next copy wait in the log? Behind what is owed it must, or it would overtake that. */
  get owes(): boolean {
    return this.owed.size > 0 || (!this.#isOwn && this.#isFull(1));
  }

  /** Is there room enough to put what is owed? */
  get hasRoom(): boolean {
    return !this.#isFull(2);
  }

  #isFull(part: number): boolean {
    return this.#underWay >= UNDER_WAY_MAX / part || this.#chars >= UNDER_WAY_CHARS_MAX / part;
  }

  leaves(chars: number): void {
    this.#underWay++;
    this.#chars += chars;
  }

  arrived(chars: number): void {
    this.#underWay--;
    this.#chars -= chars;
  }
}
