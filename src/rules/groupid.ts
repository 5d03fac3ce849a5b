import { createHash } from "node:crypto";

/** The id of the group that a `create` makes: the same for each repeat of it, so that there is one group. */
export const groupIdOf = (creator: string, cid: string): string =>
  `g-${createHash("sha256").update(`${creator}:${cid}`).digest("base64url").slice(0, 22)}`;
