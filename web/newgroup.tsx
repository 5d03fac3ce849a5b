import { useEffect, useRef, useState } from "preact/hooks";
import { useChats } from "../src/preact/preact.ts";
import { Dialog } from "./dialog.tsx";
import { NAME } from "./identity.ts";
import { openChat } from "./open.ts";
import type { Page } from "./page.ts";

/** Asks for a name and for people, and makes a group of them. */
export function NewGroup({ page, close }: { page: Page; close: () => void }) {
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [others, setOthers] = useState("");
  const [trouble, setTrouble] = useState("");
  const known = useChats().value.items.flatMap(({ peer, group }) => (group ? [] : peer));
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const typed = others.split(/[\s,]+/).filter((name) => name !== "" && name !== page.user);
  const wrong = typed.find((name) => !NAME.test(name));
  const toggle = (peer: string): void =>
    setPicked(picked.includes(peer) ? picked.filter((name) => name !== peer) : [...picked, peer]);
  const make = async (): Promise<void> => {
    const name = field.current?.value.trim() ?? "";
    const id = await page.createGroup(name, [...new Set([...picked, ...typed])], setTrouble);
    if (id === undefined) return;
    close();
    openChat(id);
  };
  return (
    <Dialog title="New group" close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong === undefined) void make();
        }}
      >
        <label>
          Name
          <input ref={field} name="name" required maxLength={100} autocomplete="off" />
        </label>
        {known.length > 0 && (
          <fieldset>
            <legend>People you write to</legend>
            {known.slice(0, 50).map((peer) => (
              <label key={peer} class="check">
                <input
                  type="checkbox"
                  checked={picked.includes(peer)}
                  onChange={() => toggle(peer)}
                />
                <bdi>{peer}</bdi>
              </label>
            ))}
          </fieldset>
        )}
        <label>
          Others, by name
          <input
            name="others"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={others}
            aria-invalid={wrong !== undefined}
            onInput={({ currentTarget }) => setOthers(currentTarget.value)}
          />
        </label>
        <p class="wrong" role="status">
          {wrong === undefined ? trouble : `“${wrong}” is no name.`}
        </p>
        <button class="primary wide">Make the group</button>
      </form>
    </Dialog>
  );
}
