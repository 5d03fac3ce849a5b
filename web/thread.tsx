import { Fragment } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChatMessage } from "../src/client/client.ts";
import { Bubble } from "./bubble.tsx";
import { keyOf } from "./conversation.ts";
import { dayName, sameDay } from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Page } from "./page.ts";

/** Messages drawn at the bottom; scrolling up draws as many more each time. */
const WINDOW = 100;
/** As near to an end as counts as there. */
const NEAR_PX = 48;
const EARLY_PX = 600;

/**
 * The messages. The scroller is a reversed column: its zero is the bottom, so the newest message stays
 * in view when anything resizes, and what is loaded at the top moves nothing.
 */
export function Thread({ page, peer }: { page: Page; peer: string }) {
  const { messages, more, loading, settled, unreadFrom, atBottom } = page.conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const [oldest, setOldest] = useState<string>();
  const all = messages.value;
  const kept = oldest === undefined ? -1 : all.findIndex((message) => keyOf(message) === oldest);
  const from = kept >= 0 ? kept : Math.max(0, all.length - WINDOW);

  const look = (): void => {
    const box = scroller.current;
    if (!box) return;
    atBottom.value = settled.peek() && box.scrollTop > -NEAR_PX;
    const first = all[from];
    if (atBottom.peek()) setOldest(undefined);
    else if (oldest === undefined && first) setOldest(keyOf(first));
    if (box.scrollHeight - box.clientHeight + box.scrollTop > EARLY_PX) return;
    const earlier = all[Math.max(0, from - WINDOW)];
    if (from > 0 && earlier) setOldest(keyOf(earlier));
    else void page.conversation.loadEarlier();
  };
  useKeptPlace(scroller, all, page);
  useLayoutEffect(() => {
    if (!settled.value) return;
    scroller.current?.querySelector(".unread-from")?.scrollIntoView({ block: "nearest" });
    look();
  }, [settled.value, unreadFrom.value]);

  const jump = (): void => scroller.current?.scrollTo({ top: 0, behavior: "smooth" });
  return (
    <div class="thread">
      <div
        ref={scroller}
        class="scroller"
        tabIndex={0}
        role="log"
        onScroll={look}
        aria-label={`Messages with ${peer}`}
        aria-live={loading.value ? "off" : "polite"}
      >
        <div class="messages">
          {settled.value && !more.value && <p class="start">This is where it begins.</p>}
          {all.slice(from).map((message, i) => (
            <Fragment key={keyOf(message)}>
              <Above message={message} before={all[from + i - 1]} unreadFrom={unreadFrom.value} />
              <Bubble page={page} message={message} last={isLast(message, all[from + i + 1])} />
            </Fragment>
          ))}
        </div>
      </div>
      {settled.value && !atBottom.value && (
        <Jump unread={page.chat.value?.unread ?? 0} jump={jump} />
      )}
    </div>
  );
}

const isLast = (message: ChatMessage, after: ChatMessage | undefined): boolean =>
  after?.author !== message.author || !sameDay(after.at, message.at);

/** What stands above a message: its day, and where the unread ones begin. */
function Above(props: {
  message: ChatMessage;
  before: ChatMessage | undefined;
  unreadFrom: string | undefined;
}) {
  const { message, before, unreadFrom } = props;
  return (
    <>
      {(!before || !sameDay(before.at, message.at)) && (
        <p class="day">{dayName(message.at, Date.now())}</p>
      )}
      {keyOf(message) === unreadFrom && <p class="unread-from">Unread from here</p>}
    </>
  );
}

function Jump({ unread, jump }: { unread: number; jump: () => void }) {
  const label = unread > 0 ? `Jump to the latest, ${unread} unread` : "Jump to the latest";
  return (
    <button class="round jump" aria-label={label} onClick={jump}>
      {unread > 0 && <span class="badge">{unread}</span>}
      <Icon shape="down" />
    </button>
  );
}

/** Keeps what is read in place when messages come in below, and shows one's own at once. */
function useKeptPlace(
  scroller: { current: HTMLDivElement | null },
  all: readonly ChatMessage[],
  page: Page,
): void {
  const last = all.at(-1);
  const key = last && keyOf(last);
  const before = useRef({ height: 0, key });
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const was = before.current;
    if (was.key !== undefined && key !== was.key) {
      if (last?.author === page.user && last.status === "pending") box.scrollTop = 0;
      else if (!page.conversation.atBottom.peek()) box.scrollTop -= box.scrollHeight - was.height;
    }
    before.current = { height: box.scrollHeight, key };
  });
}
