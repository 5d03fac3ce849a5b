import { recall, remember } from "./keepsake.ts";

/** Chats with a draft; the one that was changed first is forgotten first. */
const DRAFTS_MAX = 50;
/** A longer draft lives in memory only, so that all of them fit into what a browser gives a page. */
const KEPT_CHARS_MAX = 16_384;

type Kept = readonly (readonly [peer: string, text: string])[];
const isKept = (value: unknown): value is Kept =>
  Array.isArray(value) &&
  value.every((each) => Array.isArray(each) && each.every((part) => typeof part === "string"));

/** Texts that were begun and not sent, by peer. They survive a reload. */
export interface Drafts {
  get(peer: string): string;
  /** An empty text forgets the draft. */
  set(peer: string, text: string): void;
}

/** The drafts of one user in this browser. */
export function draftsOf(user: string): Drafts {
  const key = `posthorn.drafts.${user}`;
  const texts = new Map(recall(key, isKept) ?? []);
  return {
    get: (peer) => texts.get(peer) ?? "",
    set(peer, text) {
      texts.delete(peer);
      if (text !== "") texts.set(peer, text);
      for (const oldest of texts.keys()) if (texts.size > DRAFTS_MAX) texts.delete(oldest);
      remember(
        key,
        [...texts].filter(([, kept]) => kept.length <= KEPT_CHARS_MAX),
      );
    },
  };
}
