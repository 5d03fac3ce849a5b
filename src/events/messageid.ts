// A message's address in the log, without a schema: clients are built of this, too.

/** The only shape an id may have, a mailbox's as well: one subject token, so that none ever reaches past its own. */
export const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** A person's; ids that start with `g-` are kept for groups. */
export const USER_ID = /^(?!g-)[A-Za-z0-9_-]{1,64}$/;
/** A group's: 22 characters of a hash behind `g-` (`rules/groupid.ts`). */
export const GROUP_ID = /^g-[A-Za-z0-9_-]{22}$/;

/** Is it an id of a group, and nobody's? */
export const isGroup = (id: string): boolean => id.startsWith("g-");

/** Splits `<mailbox>:<position>`; undefined when it is not one. */
export function parseMessageId(id: string): { mailbox: string; position: number } | undefined {
  const [mailbox, digits, ...rest] = id.split(":");
  if (rest.length > 0 || !mailbox || !ID.test(mailbox)) return undefined;
  if (!digits || !/^[1-9][0-9]{0,15}$/.test(digits)) return undefined;
  const position = Number(digits);
  return Number.isSafeInteger(position) ? { mailbox, position } : undefined;
}

/** The id of the message at `position` of its author's mailbox. */
export const messageId = (mailbox: string, position: number): string => `${mailbox}:${position}`;
