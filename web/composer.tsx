import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { GroupInfo } from "../src/client/client.ts";
import { isComposing } from "./composing.ts";
import { codePoints } from "./format.ts";
import { Icon } from "./icons.tsx";
import { useMembers } from "./members.ts";
import { mentionsIn } from "./mentions.ts";
import { Names, useNaming } from "./names.tsx";
import type { Page } from "./page.ts";

/** The server's limit of a message. */
const CODE_POINTS_MAX = 16_384;
/** From here on the rest is counted. */
const COUNTED_FROM = CODE_POINTS_MAX - 400;

interface Props {
  page: Page;
  peer: string;
  /** Of a group alone. */
  group: GroupInfo | undefined;
}

export function Composer({ page, peer, group }: Props) {
  const [text, setText] = useState(page.drafts.get(peer));
  const all = useMembers(group && peer).value;
  const members = all.map(({ user }) => user).filter((user) => user !== page.user);
  const naming = useNaming(text, members);
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const length = text.length < COUNTED_FROM ? text.length : codePoints(text);
  const sendable = text.trim() !== "" && length <= CODE_POINTS_MAX;

  // With a mouse one means to write; on a phone the keyboard would cover half of the conversation.
  useLayoutEffect(() => void (matchMedia("(pointer: fine)").matches && field.current?.focus()), []);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const write = (body: string): void => {
    page.drafts.set(peer, body);
    setText(body);
  };
  const pick = (name: string): void => {
    const { text: next, caret } = naming.put(name);
    write(next);
    field.current?.focus();
    requestAnimationFrame(() => field.current?.setSelectionRange(caret, caret));
  };
  return (
    <form
      ref={form}
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (sendable && page.send(peer, text.trim(), mentionsIn(text, members))) write("");
        field.current?.focus();
      }}
    >
      <Names naming={naming} pick={pick} />
      <textarea
        ref={field}
        {...naming.aria}
        rows={1}
        dir="auto"
        enterkeyhint="send"
        aria-label={`Message to ${nameOf(peer, group)}`}
        placeholder="Message"
        value={text}
        aria-invalid={length > CODE_POINTS_MAX}
        onInput={({ currentTarget }) => {
          naming.look(currentTarget.value, currentTarget.selectionStart);
          write(currentTarget.value);
          if (currentTarget.value !== "") page.typed(peer);
        }}
        onKeyDown={(event) => {
          if (naming.takes(event, pick)) return;
          if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
          event.preventDefault();
          form.current?.requestSubmit();
        }}
      />
      {length >= COUNTED_FROM && (
        <output class={length > CODE_POINTS_MAX ? "left wrong" : "left"}>
          {CODE_POINTS_MAX - length} left
        </output>
      )}
      <button class="round primary" aria-label="Send" disabled={!sendable}>
        <Icon shape="send" />
      </button>
    </form>
  );
}

const nameOf = (peer: string, group: GroupInfo | undefined): string =>
  group ? (group.name ?? "the group") : peer;
