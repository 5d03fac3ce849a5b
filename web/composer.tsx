import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isComposing } from "./composing.ts";
import { codePoints } from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Page } from "./page.ts";

/** The server's limit of a message. */
const CODE_POINTS_MAX = 16_384;
/** From here on the rest is counted. */
const COUNTED_FROM = CODE_POINTS_MAX - 400;

export function Composer({ page, peer }: { page: Page; peer: string }) {
  const [text, setText] = useState(page.drafts.get(peer));
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
  return (
    <form
      ref={form}
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (sendable && page.send(peer, text.trim())) write("");
        field.current?.focus();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        enterkeyhint="send"
        aria-label={`Message to ${peer}`}
        placeholder="Message"
        value={text}
        aria-invalid={length > CODE_POINTS_MAX}
        onInput={({ currentTarget }) => {
          write(currentTarget.value);
          if (currentTarget.value !== "") page.typed(peer);
        }}
        onKeyDown={(event) => {
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
