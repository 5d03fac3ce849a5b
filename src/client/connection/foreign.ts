import type { ServerFrame } from "../../protocol/frames/frame.ts";

/** Does the server take the client for somebody else than the `user` that it was made for? */
export function isForeign(frame: ServerFrame, user: string | undefined): boolean {
  if (user === undefined) return false;
  if (frame.t === "welcome") return frame.user !== user;
  return frame.t === "error" && frame.field?.startsWith("since.") === true;
}
