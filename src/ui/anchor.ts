/** As near to the end as counts as there, px: a finger's jitter, and fractions of pixels. */
const AT_END_PX = 24;

/** Calls when the reader comes within a screen of an end. */
export interface Ends {
  nearStart(): void;
  nearEnd(): void;
}

/**
 * Keeps a list that scrolls where its reader is: at its end while they are there, else with the message in
 * view at its place, whatever is added before or behind it. The children of the box are the messages, and
 * what stands between them.
 */
export class ScrollAnchor {
  readonly #ends: Ends;
  #box: HTMLElement | undefined;
  #isAtEnd = true;
  /** The first child in view, and how far below the box's upper edge it begins. */
  #held: { readonly child: Element; readonly top: number } | undefined;
  readonly #onScroll = (): void => this.#look();

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  /** The box is there, or, with null, gone. */
  readonly attach = (box: HTMLElement | null): void => {
    this.#box?.removeEventListener("scroll", this.#onScroll);
    this.#box = box ?? undefined;
    if (box === null) return;
    // Some browsers do half of this by themselves.
    box.style.overflowAnchor = "none";
    box.addEventListener("scroll", this.#onScroll, { passive: true });
    this.settle();
  };

  /** The list has been drawn. */
  settle(): void {
    const box = this.#box;
    if (box === undefined) return;
    if (this.#isAtEnd) box.scrollTop = box.scrollHeight;
    else if (this.#held?.child.isConnected)
      box.scrollTop += topIn(box, this.#held.child) - this.#held.top;
    this.#look();
  }

  /** The reader goes to the end, and stays there. */
  toEnd(): void {
    this.#isAtEnd = true;
    this.settle();
  }

  #look(): void {
    const box = this.#box;
    if (box === undefined) return;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    this.#isAtEnd = below <= AT_END_PX;
    const child = [...box.children].find((each) => topIn(box, each) + heightOf(each) > 0);
    this.#held = child && { child, top: topIn(box, child) };
    if (box.scrollTop < box.clientHeight) this.#ends.nearStart();
    if (below < box.clientHeight) this.#ends.nearEnd();
  }
}

const heightOf = (child: Element): number => child.getBoundingClientRect().height;
const topIn = (box: Element, child: Element): number =>
  child.getBoundingClientRect().top - box.getBoundingClientRect().top;
