import { knows, open, type Entry } from "../events/entry.ts";
import { RULES } from "../events/since.ts";

/** The reason why an entry cannot be opened. */
export type Judgement = "newer" | "unreadable";

/**
 * Judges an entry that cannot be opened. `newer`: its type is unknown, and the stream's last entry about
 * itself before it says rules above this version's, so that nothing behind it may be folded without it.
 * @param rules this version's, unless told.
 */
export function judge(
  { kind, raw }: Pick<Entry, "kind" | "raw">,
  rulesOfStream: number,
  rules = RULES,
): Judgement {
  if (rulesOfStream <= rules) return "unreadable";
  const type = typeOf(raw);
  return type === undefined || knows(kind, type) ? "unreadable" : "newer";
}

/** The rules of a stream, as far as it has been read. */
export class StreamRules {
  #rules: number;

  /**
   * @param rules what the stream's last entry about itself said when reading began: never below what
   * held where reading begins, so that an entry is rather waited for than left out.
   */
  constructor(rules: number) {
    this.#rules = rules;
  }

  /**
   * Is the entry of a type that only newer rules know? Entries are to be asked about in the order of the
   * stream: what it says of its rules is noted.
   */
  isNewer(entry: Entry): boolean {
    try {
      const { kind, event } = open(entry);
      if (kind === "owner") this.#rules = event.rules;
      return false;
    } catch {
      // An unreadable one is set aside in its turn, and said then.
      return judge(entry, this.#rules) === "newer";
    }
  }
}

function typeOf(raw: string): string | undefined {
  try {
    const event = JSON.parse(raw) as { type?: unknown } | null;
    return typeof event?.type === "string" ? event.type : undefined;
  } catch {
    // No JSON is of no type.
    return undefined;
  }
}
