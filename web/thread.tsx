import { Fragment } from "preact";
import type { ChatMessage } from "../src/client/client.ts";
import type { GroupInfo } from "../src/client/client.ts";
import { useMessages, useUnread } from "../src/preact/preact.ts";
import { Bubble } from "./bubble.tsx";
import { dayName, sameDay } from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Page } from "./page.ts";
import { keyOf, useReading } from "./reading.ts";
import { saying } from "./sayings.ts";
import { useScroll } from "./scroll.ts";

interface ThreadProps {
  page: Page;
  peer: string;
  /** Of a group alone. */
  group: GroupInfo | undefined;
}

/** The messages of the open conversation. */
export function Thread({ page, peer, group }: ThreadProps) {
  const messages = useMessages(peer);
  const reading = useReading(peer, messages);
  const { box, from, to, look, jump } = useScroll(messages, reading);
  const { items: all, hasEarlier, hasLater } = messages.window.value;
  const { settled, unreadFrom, atBottom } = reading;
  return (
    <div class="thread">
      <div
        ref={box}
        class="scroller"
        tabIndex={0}
        role="log"
        onScroll={look}
        aria-label={group ? `Messages in ${group.name ?? "the group"}` : `Messages with ${peer}`}
        aria-live={spoken(messages.loading.value, hasLater, to < all.length)}
      >
        <div class="messages">
          {from === 0 && settled.value && !hasEarlier && (
            <p class="start">This is where it begins.</p>
          )}
          {all.slice(from, to).map((message, i) => (
            <Fragment key={keyOf(message)}>
              <Above
                message={message}
                before={all[from + i - 1]}
                unread={keyOf(message) === unreadFrom.value}
              />
              {message.change ? (
                <p class="saying">{saying(message.change, message.author ?? "", page.user)}</p>
              ) : (
                <Bubble
                  page={page}
                  peer={peer}
                  message={message}
                  last={isLast(message, all[from + i + 1])}
                  named={group !== undefined && isLast(all[from + i - 1], message)}
                  ticks={group?.receipts !== false}
                />
              )}
            </Fragment>
          ))}
        </div>
      </div>
      {settled.value && !atBottom.value && <Jump peer={peer} jump={jump} />}
    </div>
  );
}

/** Does a screen reader say what is added? Not while anything but news is. */
const spoken = (...reasons: boolean[]): "off" | "polite" =>
  reasons.some(Boolean) ? "off" : "polite";

const isLast = (message: ChatMessage | undefined, after: ChatMessage | undefined): boolean =>
  !message ||
  !after ||
  after.to !== message.to ||
  after.author !== message.author ||
  (after.change ?? message.change) !== undefined ||
  !sameDay(after.at, message.at);

interface AboveProps {
  message: ChatMessage;
  before: ChatMessage | undefined;
  unread: boolean;
}

/** The lines above a message: its day, and where the unread ones begin. */
function Above({ message, before, unread }: AboveProps) {
  return (
    <>
      {(!before || !sameDay(before.at, message.at)) && (
        <p class="day">{dayName(message.at, Date.now())}</p>
      )}
      {unread && <p class="unread-from">Unread from here</p>}
    </>
  );
}

function Jump({ peer, jump }: { peer: string; jump: () => void }) {
  const unread = useUnread(peer).value;
  const label = unread > 0 ? `Jump to the latest, ${unread} unread` : "Jump to the latest";
  return (
    <button class="round jump" aria-label={label} onClick={jump}>
      {unread > 0 && <span class="badge">{unread}</span>}
      <Icon shape="down" />
    </button>
  );
}
