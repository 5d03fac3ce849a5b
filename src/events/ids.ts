import * as z from "zod";
import { GROUP_ID, ID, parseMessageId, USER_ID } from "./messageid.ts";

const CID = /^[A-Za-z0-9_-]{1,32}\.(0|[1-9][0-9]{0,14})$/;

/** Any id: `^[A-Za-z0-9_-]{1,64}$`. */
export const Id = z.string().regex(ID, "id.invalid");
/** A person. Ids that start with `g-` are kept for groups. */
export const UserId = z.string().regex(USER_ID, "id.invalid");
/** A group. */
export const GroupId = z.string().regex(GROUP_ID, "id.invalid");
/** A sequence number of a mailbox: 1, 2, 3, …; 0 means "before the first". */
export const Seq = z.int().nonnegative();
/** A client's name for one send: `<client instance>.<n>`, n rising within the instance. */
export const Cid = z.string().regex(CID, "cid.invalid");
/** A message's address in the log: `<mailbox>:<position>`. */
export const MessageId = z.string().refine((id) => parseMessageId(id) !== undefined, "id.invalid");

/** A session's secret: 16 random bytes, base64url without padding. */
export const ResumeSecret = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "resume.invalid");
/** The SHA-256 of a session's secret, base64url without padding. */
export const ResumeHash = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "resume.invalid");

/** FNV-1a 32 of an id, which is ASCII: the hash of nats-server's `partition()`. */
export function fnv1a(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
