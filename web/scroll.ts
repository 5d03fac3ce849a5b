import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Messages } from "../src/preact/preact.ts";
import { keyOf, type Reading } from "./reading.ts";

/** Messages drawn to either side of the one in view. */
const AROUND = 100;
/** The window moves on when fewer than this many are left on a side. */
const MARGIN = 40;
/** As near to the bottom as counts as there. */
const NEAR_PX = 48;

/** The scroller as it was when it was last drawn. */
interface Before {
  /** The first bubble in view, and how far above the bottom of the scroller it began. */
  held?: { readonly bubble: Element; readonly height: number } | undefined;
  /** Has the conversation been opened at its place? From then on only its reader moves it. */
  placed: boolean;
  mark?: string | undefined;
  newest?: string | undefined;
}

/**
 * Which messages are drawn, and what stays in place. The scroller is a reversed column: its zero is
 * the bottom, so whoever reads the newest message goes on doing so. A person who reads further up keeps
 * the message in view where it is.
 */
export function useScroll(thread: Messages, { settled, unreadFrom, atBottom, seen }: Reading) {
  const { window, loadEarlier, loadLater, loadLatest } = thread;
  const box = useRef<HTMLDivElement>(null);
  const before = useRef<Before>({ placed: false }).current;
  /** Key of the message the window lies around; undefined: the newest ones. */
  const [middle, setMiddle] = useState<string>();
  const { items: all, hasLater } = window.value;
  const found = middle === undefined ? -1 : all.findIndex((each) => keyOf(each) === middle);
  const centre = found < 0 ? all.length : found;
  const from = Math.max(0, centre - AROUND);
  const to = Math.min(all.length, centre + AROUND);
  const keyAt = (i: number): string | undefined => all.slice(i, i + 1).map(keyOf)[0];
  const mark = settled.value ? unreadFrom.value : undefined;

  const jump = (): void => {
    loadLatest();
    setMiddle(undefined);
    before.held = undefined;
    box.current?.scrollTo({ top: 0 });
  };
  const look = (): void => {
    if (!box.current) return;
    const { bubble, i, last } = inView(box.current);
    before.held = bubble && { bubble, height: heightOf(bubble, box.current) };
    const bottom = isAtEnd();
    atBottom.value = bottom && settled.peek();
    seen.value = before.placed ? keyAt(from + last) : undefined;
    if (bottom) setMiddle(undefined);
    else if (isLeaving(from, from + i, to, all.length)) setMiddle(keyAt(from + i));
    turn(from + i);
  };
  /** Asks for more when its reader, at message `at`, comes near an end. */
  const turn = (at: number): void => {
    if (at < MARGIN && settled.peek()) void loadEarlier();
    if (before.placed && all.length - at < MARGIN && hasLater) loadLater();
  };
  const isAtEnd = (): boolean =>
    to === all.length && !hasLater && (box.current?.scrollTop ?? 0) > -NEAR_PX;
  useLayoutEffect(() => {
    if (!box.current) return;
    const newest = keyAt(all.length - 1);
    const free = atBottom.peek() || !before.placed;
    if (newest !== before.newest && all.at(-1)?.status === "pending") jump();
    else if (!free) hold(box.current, before.held);
    else if (mark !== before.mark && mark !== undefined) {
      if (!showMark(box.current)) return setMiddle(mark);
    }
    Object.assign(before, { mark, newest, placed: settled.value });
    look();
  });
  return { box, from, to, look, jump };
}

/** Does message `at` lie near an end of the window that is not the end of all? */
const isLeaving = (from: number, at: number, to: number, length: number): boolean =>
  (at - from < MARGIN && from > 0) || (to - at < MARGIN && to < length);

/** The first message or line in view, its place among those drawn, and the place of the last whose end is. */
function inView(box: Element): { bubble: Element | undefined; i: number; last: number } {
  const bubbles = [...box.querySelectorAll(".bubble, .saying")];
  const { top, bottom } = box.getBoundingClientRect();
  const i = bubbles.findIndex((bubble) => bubble.getBoundingClientRect().bottom > top);
  // A pixel of tolerance: places are fractions.
  const last = bubbles.findLastIndex((each) => each.getBoundingClientRect().bottom <= bottom + 1);
  return { bubble: bubbles[i], i, last };
}

const heightOf = (bubble: Element, box: Element): number =>
  box.getBoundingClientRect().bottom - bubble.getBoundingClientRect().top;

/** False when the mark is not drawn. */
function showMark(box: Element): boolean {
  const line = box.querySelector(".unread-from");
  line?.scrollIntoView({ block: "nearest" });
  return line !== null;
}

/** Scrolls by as much as the bubble was moved. */
function hold(box: Element, held: Before["held"]): void {
  if (held?.bubble.isConnected)
    box.scrollTop += Math.round(held.height - heightOf(held.bubble, box));
}
