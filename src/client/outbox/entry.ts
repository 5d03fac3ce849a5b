import type { Data } from "../../protocol/extras.ts";
import { isGroup } from "../../events/messageid.ts";
import type { ClientAsk } from "../../protocol/frames/group.ts";
import { isSameContent } from "../../rules/sameness.ts";
import { parseCid } from "../../rules/sends.ts";
import type { Bookmark } from "../storage/bookmark.ts";
import type { ChatMessage } from "../message.ts";
import { letterOf, type Letter } from "./letter.ts";

/** A message, or an ask, on its way; gone when it has been seen in the own mailbox, or in the group's. */
export interface OutboxEntry extends Letter {
  /** Numbered when it was written, by the page or process that wrote it. */
  readonly cid: string;
  /** Empty while it is not known who the user is. */
  readonly author: string;
  /** It has a key, and no other send has: the storage was asked. */
  readonly asked?: boolean;
  /** When it was written, ms since 1970, for people to read. */
  readonly at: number;
  /** The instance that wrote it, whatever number it has by now: its page looks after it while it lives. */
  readonly writer: string;
  /** Random and its own: the instance under which it goes out anew, when its number is taken. */
  readonly name: string;
  /** One above the highest in the outbox when it was written: the lowest is the oldest. */
  readonly rank: number;
  /** The log-in it was written in, {@link UNNAMED} if not known: whose it is while `author` is empty. */
  readonly login: string;
  /** How far the mailbox was known when it was written: its event lies behind this. */
  readonly after?: Bookmark;
  /** An ask of the group `to`; of one that is not there yet `to` is empty. It has no text, and is never shown. */
  readonly ask?: ClientAsk;
  /** Of a group: the own mailbox has it, and the group's answer is waited for. */
  readonly stored?: true;
  /** Once stored, as far as the server has said: a hint, until its event has come. */
  readonly id?: string;
  readonly seq?: number;
  /** Why it was refused for good. */
  readonly error?: string;
  /** The cid of the first failed send that this is a retry of. */
  readonly replaces?: string;
}

/** A log-in that nobody has named yet. */
export const UNNAMED = "";

/** Are these two log-ins, and not one that was named meanwhile? */
export const isOtherLogin = (one: string, other: string): boolean =>
  one !== other && one !== UNNAMED && other !== UNNAMED;

/** A message of the user's as the mailbox shows it: an event, or a row of a view. */
export interface Shown {
  readonly cid: string;
  readonly to: string;
  readonly body: string;
  readonly data?: Data | undefined;
  readonly key?: string | undefined;
  readonly replaces?: string | undefined;
}

/** Is it the entry itself, and not another message under its number? */
export const isItself = (entry: Shown, shown: Shown): boolean =>
  entry.cid === shown.cid && isSame(entry, shown);

/** A group tells nobody the app's own name of a send. */
const isSame = (entry: Shown, shown: Shown): boolean =>
  isSameContent(entry, isGroup(entry.to) ? { ...shown, key: entry.key } : shown);

/** Does the mailbox show a message by the name that the app has given to this entry? */
export const hasItsKey = ({ key }: OutboxEntry, shown: Shown): boolean =>
  key !== undefined && key === shown.key;

/**
 * Does the mailbox show this entry? By its number, or by that of the failed send that both are about:
 * a failed message may have been stored all the same, or have been tried again elsewhere. Or by the entry's
 * own name: it went out anew under that one, and an older state of it has come back from a storage.
 */
export function isShownAs(entry: Shown & Pick<OutboxEntry, "name">, shown: Shown): boolean {
  if (!isSame(entry, shown)) return false;
  const first = entry.replaces ?? entry.cid;
  const same = entry.cid === shown.cid || first === (shown.replaces ?? shown.cid);
  return same || parseCid(shown.cid).instance === entry.name;
}

/** The numbers an entry may be given anew; more would be a server that takes none. */
const RENAMED_MAX = 3;

/** Is it numbered by its own name already? Then nothing else can have taken the number. */
export const isRenamed = ({ cid, name }: OutboxEntry): boolean => parseCid(cid).instance === name;

/** An entry under the next number of an instance that is its own. A message that was ✓ stays so while it is sent anew. */
function next({ id: _, stored: _stored, ...entry }: OutboxEntry): OutboxEntry {
  const n = isRenamed(entry) ? parseCid(entry.cid).n + 1 : 1;
  return { ...entry, cid: `${entry.name}.${n}` };
}

/** An entry that its group had no room for, under another number: the one before stays refused for ever. */
export const anew = ({ replaces: _, ...entry }: OutboxEntry): OutboxEntry => next(entry);

/**
 * An entry whose number is taken, under the next number of an instance that is its own. Of a machine
 * that was copied while it ran, both copies come to the same. Undefined: it was tried often enough.
 */
export function renamed(
  entry: OutboxEntry,
  isUsed: (cid: string) => boolean,
): OutboxEntry | undefined {
  const { replaces } = entry;
  const other = replaces !== undefined && isUsed(replaces) ? anew(entry) : next(entry);
  return parseCid(other.cid).n > RENAMED_MAX ? undefined : other;
}

/**
 * A retry of a failed entry. Its `replaces` names the first that failed, unless that number is another
 * message's. `isAnothers`: is the number used, and not by this message?
 */
export function retried(
  entry: OutboxEntry,
  isAnothers: (cid: string) => boolean,
): Letter & Pick<OutboxEntry, "replaces"> {
  const { cid, replaces = cid } = entry;
  return { ...letterOf(entry), ...(!isAnothers(replaces) && { replaces }) };
}

/** An entry as its author sees it. */
export function unsent(entry: OutboxEntry): ChatMessage {
  const { cid, author, at, id, seq, stored: isStored, error } = entry;
  const status = error ? "failed" : seq === undefined && !isStored ? "pending" : "sent";
  const stored = { ...(id !== undefined && { id }), ...(seq !== undefined && { seq }) };
  const by = { ...(author && { author }), mine: true };
  return { cid, ...by, ...letterOf(entry), at, ...stored, status, ...(error && { error }) };
}
