// The picker of a member's name behind an @ in the composer.
import { useState } from "preact/hooks";
import { Avatar } from "./avatar.tsx";
import { isComposing } from "./composing.ts";
import { beginOf } from "./mentions.ts";

/** Names that are offered at once. */
const NAMES_MAX = 6;

/** Names that can be picked now. */
export type Naming = ReturnType<typeof useNaming>;

/** Follows what is written behind an @, and which of `members` it may be. */
export function useNaming(text: string, members: readonly string[]) {
  const [begin, setBegin] = useState<{ at: number; name: string }>();
  const [at, setAt] = useState(0);
  const isThere = begin !== undefined && text.startsWith(`@${begin.name}`, begin.at);
  const names = isThere
    ? members
        .filter((name) => name.toLowerCase().startsWith(begin.name.toLowerCase()))
        .slice(0, NAMES_MAX)
    : [];
  const chosen = Math.min(at, names.length - 1);
  return {
    names,
    chosen,
    /** Words of a field to a screen reader while there is something to pick. */
    aria:
      names.length === 0
        ? {}
        : ({
            "aria-autocomplete": "list",
            "aria-controls": "names",
            "aria-activedescendant": `name-${names[chosen] ?? ""}`,
          } as const),
    look(now: string, caret: number): void {
      setBegin(beginOf(now, caret));
      setAt(0);
    },
    /** The text with the name in it, and where the caret is then. */
    put(name: string): { text: string; caret: number } {
      const { at: from, name: begun } = begin ?? { at: text.length, name: "" };
      setBegin(undefined);
      const put = `@${name} `;
      const rest = text.slice(from + 1 + begun.length).replace(/^ /, "");
      return { text: text.slice(0, from) + put + rest, caret: from + put.length };
    },
    /** Does the picker take this key? */
    takes(event: KeyboardEvent, pick: (name: string) => void): boolean {
      const name = names[chosen];
      if (name === undefined || isComposing(event)) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) setAt((chosen + step + names.length) % names.length);
      else if (event.key === "Enter" || event.key === "Tab") pick(name);
      else if (event.key === "Escape") setBegin(undefined);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}

/** The names that can be picked. */
export function Names({ naming, pick }: { naming: Naming; pick: (name: string) => void }) {
  if (naming.names.length === 0) return null;
  return (
    <ul id="names" class="names" role="listbox" aria-label="Members">
      {naming.names.map((name, i) => (
        <li
          key={name}
          id={`name-${name}`}
          role="option"
          aria-selected={i === naming.chosen}
          // The text keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick(name)}
        >
          <Avatar name={name} />
          <bdi>{name}</bdi>
        </li>
      ))}
    </ul>
  );
}
