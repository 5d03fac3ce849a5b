// One message as the thread shows it, with its tick and what can be done when it failed.
import type { ChatMessage } from "../src/client/client.ts";
import { clock, isBigEmoji, pieces } from "./format.ts";
import { Tick } from "./icons.tsx";
import type { Page } from "./page.ts";

interface Props {
  page: Page;
  peer: string;
  message: ChatMessage;
  /** The last of several in a row by the same author. */
  last: boolean;
}

export function Bubble({ page, peer, message, last }: Props) {
  const { to, body, at, status } = message;
  const own = to === peer;
  const looks = ["bubble", own ? "own" : "theirs", last && "last", own && status].filter(Boolean);
  return (
    <div class={looks.join(" ")}>
      <span class="hidden">{own ? "You" : peer}: </span>
      <p dir="auto" class={isBigEmoji(body) ? "body big" : "body"}>
        {pieces(body).map(({ text, href }) =>
          href === undefined ? (
            text
          ) : (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {text}
            </a>
          ),
        )}
      </p>
      <span class="foot">
        <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>
        {own && <Tick status={status} />}
      </span>
      {own && status === "failed" && <Failed page={page} message={message} />}
    </div>
  );
}

function Failed({ page, message }: { page: Page; message: ChatMessage }) {
  return (
    <span class="failure">
      Not sent{message.error !== undefined && ` (${message.error})`}.{" "}
      <button class="link" onClick={() => page.retry(message.cid)}>
        Try again
      </button>{" "}
      <button class="link" onClick={() => page.discard(message.cid)}>
        Discard
      </button>
    </span>
  );
}
