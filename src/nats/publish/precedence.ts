import type { Copy } from "../../events/copy.ts";
import type { Stated } from "../../events/event.ts";
import type { GroupAsk } from "../../events/groupask.ts";
import { isGroup } from "../../events/messageid.ts";
import { isReceipt } from "../../rules/receipts.ts";
import type { Publication } from "./publication.ts";

/** The place of a publication among others, and whether somebody waits for it. */
export type Precedence = Required<Pick<Publication, "yields" | "hasty">>;

/** As facts of users, or as copies by actors: a copy has had its wait, and no device waits for it. */
export function precedenceOf(event: Stated | Copy | GroupAsk, of: "facts" | "copies"): Precedence {
  const isFact = of === "facts";
  // Sessions begin and end without being repeated.
  const hasty = isFact && (event.type === "MessageSent" || isReceipt(event));
  if (isFact && isReceipt(event)) return { yields: "patient", hasty };
  return { yields: isOfGroup(event) ? "bulk" : undefined, hasty };
}

/** Does it go to a group, or come from one? */
const isOfGroup = (event: Stated | Copy | GroupAsk): boolean =>
  event.type === "GroupAsked" ||
  ("to" in event && isGroup(event.to)) ||
  ("author" in event && isGroup(event.author));
