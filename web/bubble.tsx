// One message as the thread shows it, with its tick and what can be done when it failed.
import type { ChatMessage } from "../src/client/client.ts";
import { useState } from "preact/hooks";
import { clock, hue, isBigEmoji, pieces } from "./format.ts";
import { Tick } from "./icons.tsx";
import { cutMentions } from "./mentions.ts";
import type { Page } from "./page.ts";
import { WhoHasIt } from "./whohasit.tsx";

interface Props {
  page: Page;
  peer: string;
  message: ChatMessage;
  /** The last of several in a row by the same author. */
  last: boolean;
  /** In a group the author's name stands above the first of several in a row. */
  named: boolean;
  /** Are there ticks of others? */
  ticks: boolean;
}

export function Bubble({ page, peer, message, last, named, ticks }: Props) {
  const { mine: own, author = peer, status } = message;
  const looks = ["bubble", own ? "own" : "theirs", last && "last", own && status].filter(Boolean);
  return (
    <div class={looks.join(" ")}>
      <Author name={own ? "You" : author} shown={named && !own} />
      <Body message={message} user={page.user} />
      <Foot message={message} ticks={ticks} />
      {own && status === "failed" && <Failed page={page} message={message} />}
    </div>
  );
}

/** The author: for all in a group, else for screen readers alone. */
function Author({ name, shown }: { name: string; shown: boolean }) {
  if (!shown) return <span class="hidden">{name}: </span>;
  return (
    <bdi class="author" style={{ "--hue": `${hue(name)}deg` }}>
      {name}
      <span class="hidden">: </span>
    </bdi>
  );
}

function Body({ message: { body, mentions = [] }, user }: { message: ChatMessage; user: string }) {
  return (
    <p dir="auto" class={isBigEmoji(body) ? "body big" : "body"}>
      {pieces(body).map(({ text, href }) =>
        href === undefined ? (
          <Text text={text} mentions={mentions} user={user} />
        ) : (
          <a href={href} target="_blank" rel="noopener noreferrer">
            {text}
          </a>
        ),
      )}
    </p>
  );
}

function Foot({ message, ticks }: { message: ChatMessage; ticks: boolean }) {
  const { to, at, status, mine } = message;
  const inGroup = mine && to.startsWith("g-");
  return (
    <span class="foot">
      <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>
      {mine && !inGroup && <Tick status={status} />}
      {inGroup && <GroupTick message={message} ticks={ticks} />}
    </span>
  );
}

/** Text, with the members whom the message names. */
function Text({
  text,
  mentions,
  user,
}: {
  text: string;
  mentions: readonly string[];
  user: string;
}) {
  if (mentions.length === 0) return <>{text}</>;
  return (
    <>
      {cutMentions(text, mentions).map(({ text: piece, user: named }) =>
        named === undefined ? (
          piece
        ) : (
          <span class={named === user ? "mention me-too" : "mention"}>{piece}</span>
        ),
      )}
    </>
  );
}

/** The tick of all members; behind it, who of them it is. */
function GroupTick({ message, ticks }: { message: ChatMessage; ticks: boolean }) {
  const [open, setOpen] = useState(false);
  if (message.id === undefined || !ticks) return <Tick status={message.status} />;
  return (
    <>
      <button
        class="tick-button"
        aria-haspopup="dialog"
        title="Who has it"
        onClick={() => setOpen(true)}
      >
        <Tick status={message.status} />
        <span class="hidden">: who has it</span>
      </button>
      {open && <WhoHasIt message={message} close={() => setOpen(false)} />}
    </>
  );
}

const REFUSED: Readonly<Record<string, string>> = {
  not_found: "you are not in the group",
  forbidden: "only admins may send",
};

function Failed({ page, message }: { page: Page; message: ChatMessage }) {
  return (
    <span class="failure">
      Not sent{message.error !== undefined && ` (${REFUSED[message.error] ?? message.error})`}.{" "}
      <button class="link" onClick={() => page.retry(message.cid)}>
        Try again
      </button>{" "}
      <button class="link" onClick={() => page.discard(message.cid)}>
        Discard
      </button>
    </span>
  );
}
