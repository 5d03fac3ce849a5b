import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChatMessage } from "../src/client/client.ts";
import { keyOf } from "./conversation.ts";
import type { Page } from "./page.ts";

/** Messages drawn to either side of the one in view. */
const AROUND = 100;
/** The window moves on when fewer than this many are left on a side. */
const MARGIN = 40;
/** As near to the bottom as counts as there. */
const NEAR_PX = 48;

/** A bubble, and how far above the bottom of the scroller it was drawn. */
interface Held {
  readonly bubble: Element;
  readonly height: number;
}
const heightOf = (bubble: Element, box: Element): number =>
  box.getBoundingClientRect().bottom - bubble.getBoundingClientRect().top;

function firstInView(box: Element): { bubble: Element | undefined; i: number } {
  const bubbles = [...box.querySelectorAll(".bubble")];
  const { top } = box.getBoundingClientRect();
  const i = bubbles.findIndex((bubble) => bubble.getBoundingClientRect().bottom > top);
  return { bubble: bubbles[i], i };
}

/**
 * Which messages are drawn, and what stays in place. The scroller is a reversed column: its zero is
 * the bottom, so whoever reads the newest message goes on doing so. Whoever reads further up keeps
 * the message in view where it is.
 */
export function useScroll(page: Page) {
  const { messages, settled, unreadFrom, atBottom, loadEarlier } = page.conversation;
  const box = useRef<HTMLDivElement>(null);
  const held = useRef<Held | undefined>(undefined);
  const marked = useRef<string | undefined>(undefined);
  const newest = useRef<string | undefined>(undefined);
  /** Key of the message the window lies around; undefined: the newest ones. */
  const [middle, setMiddle] = useState<string>();
  const all = messages.value;
  const found = middle === undefined ? -1 : all.findIndex((each) => keyOf(each) === middle);
  const centre = found < 0 ? all.length : found;
  const from = Math.max(0, centre - AROUND);
  const to = Math.min(all.length, centre + AROUND);
  const mark = settled.value ? unreadFrom.value : undefined;

  const jump = (): void => {
    setMiddle(undefined);
    held.current = undefined;
    box.current?.scrollTo({ top: 0 });
  };
  const look = (): void => {
    if (!box.current) return;
    const { bubble, i } = firstInView(box.current);
    const message = all[from + i];
    held.current = bubble && { bubble, height: heightOf(bubble, box.current) };
    atBottom.value = settled.peek() && to === all.length && box.current.scrollTop > -NEAR_PX;
    const leaving = i < MARGIN ? from > 0 : i > to - from - MARGIN && to < all.length;
    if (atBottom.peek()) setMiddle(undefined);
    else if (leaving && message) setMiddle(keyOf(message));
    if (from === 0 && i < MARGIN && settled.peek()) void loadEarlier();
  };
  useLayoutEffect(() => {
    if (!box.current) return;
    const was = newest.current;
    const last = all.at(-1);
    newest.current = last && keyOf(last);
    if (was !== newest.current && last?.status === "pending") jump();
    else if (mark !== undefined && mark !== marked.current) {
      const line = box.current.querySelector(".unread-from");
      if (!line) return setMiddle(mark);
      line.scrollIntoView({ block: "nearest" });
      marked.current = mark;
    } else if (held.current?.bubble.isConnected && !atBottom.peek()) {
      const { bubble, height } = held.current;
      box.current.scrollTop += Math.round(height - heightOf(bubble, box.current));
    }
    look();
  });
  return { box, from, to, look, jump };
}
