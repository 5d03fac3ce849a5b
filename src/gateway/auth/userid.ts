import { createHash } from "node:crypto";
import { UserId } from "../../events/ids.ts";

/** The way from a claim to a user id: the claim itself, or a hash of issuer and claim (docs/adr/0029). */
export type UserIds = "sub" | "hash";

/** Characters of the digest in an id: 132 bits, so nobody finds a claim that gives somebody else's id. */
const DIGEST_CHARS = 22;
/** Ids that are made of claims; no claim may be one itself. */
const HASHED = /^u-[A-Za-z0-9_-]{22}$/;

/** Is the id of the form that is kept for hashes of claims? */
export const isHashed = (id: string): boolean => HASHED.test(id);

/** The id of the user whom an issuer names by `claim`, any text: the same at each server and in an app's own backend. */
export const hashedId = (issuer: string, claim: string): string =>
  `u-${createHash("sha256").update(`${issuer}\n${claim}`).digest("base64url").slice(0, DIGEST_CHARS)}`;

/**
 * The id of the user whom a token's claim names.
 * @param value the claim as it came.
 * @throws Error that says which rule the claim breaks, without its value.
 */
export function userOf(issuer: string, name: string, value: unknown, ids: UserIds): string {
  if (typeof value !== "string") throw new Error(`claim ${name} is ${kindOf(value)}, not a string`);
  if (value === "") throw new Error(`claim ${name} is empty`);
  if (ids === "hash") {
    // Half a pair has no bytes of its own in UTF-8: two such claims would be one person.
    if (!value.isWellFormed()) throw new Error(`claim ${name} is no Unicode text`);
    return hashedId(issuer, value);
  }
  const user = UserId.safeParse(value);
  if (!user.success) throw new Error(`claim ${name} is no user id: set JWT_USER_ID=hash`);
  if (isHashed(user.data)) throw new Error(`claim ${name} is an id kept for JWT_USER_ID=hash`);
  return user.data;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
