/**
 * The wire for clients of one's own, `posthorn/protocol`: every frame and answer as a type, every code
 * and limit as a value; no schema, so nothing of zod. docs/protocol.md says how they are used.
 */
export * from "./codes.ts";
export * from "./envelope.ts";
export * from "./frames/chats.ts";
export * from "./frames/error.ts";
export * from "./frames/frame.ts";
export * from "./frames/group.ts";
export * from "./frames/groupline.ts";
export * from "./frames/groupviews.ts";
export * from "./frames/hello.ts";
export * from "./frames/history.ts";
export * from "./frames/mail.ts";
export * from "./frames/mailbox.ts";
export * from "./frames/marks.ts";
export * from "./frames/ping.ts";
export * from "./frames/presence.ts";
export * from "./frames/refresh.ts";
export * from "./frames/reply.ts";
export * from "./frames/send.ts";
export * from "./frames/keyed.ts";
export * from "./frames/sessions.ts";
export * from "./frames/signals.ts";
export * from "./frames/status.ts";
