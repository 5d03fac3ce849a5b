import { DATA_BYTES_MAX, KEY_BYTES_MAX } from "./extras.ts";
import { DEPTH_MAX, HTTP_BYTES_MAX, VERSION } from "./envelope.ts";
import { CODE_POINTS_MAX } from "./frames/send.ts";

/**
 * Every refusal there is. The text says the rule; the reply adds the field. `retryable`: the same
 * frame may succeed later, unchanged.
 */
export const REJECTIONS = {
  "frame.malformed": { retryable: false, rule: "a frame is one JSON object in one text message" },
  "frame.binary": { retryable: false, rule: "frames are text, not binary" },
  "frame.too_deep": { retryable: false, rule: `a frame nests at most ${DEPTH_MAX} levels` },
  "frame.unknown_field": {
    retryable: false,
    rule: "a frame has only the fields the protocol names",
  },
  "frame.invalid": {
    retryable: false,
    rule: "the field is missing, of the wrong type, or out of range",
  },
  "op.unknown": {
    retryable: false,
    rule: "no such frame type, or no such thing to ask of a group",
  },
  "op.unsupported_version": { retryable: false, rule: `this server speaks version ${VERSION}` },
  "op.out_of_order": {
    retryable: false,
    rule: "hello comes first, once, and nothing else before welcome",
  },
  "op.not_yet": {
    retryable: false,
    rule: "not every process of the server can read this yet: an upgrade is under way",
  },
  "id.invalid": {
    retryable: false,
    rule:
      "an id is 1 to 64 of A-Z a-z 0-9 _ -, and a user's does not start with g-; " +
      "a message's is <author>:<position>",
  },
  "id.self": { retryable: false, rule: "the peer is somebody else than you" },
  "cid.invalid": {
    retryable: false,
    rule: "a cid is <client instance>.<n>: 1 to 32 of A-Z a-z 0-9 _ -, a dot, a number",
  },
  "cid.not_rising": {
    retryable: false,
    rule: "n lies 32 or more below the highest of its client instance on this socket",
  },
  "cid.taken": { retryable: false, rule: "this cid belongs to another message" },
  "message.empty": { retryable: false, rule: "a body has at least one character" },
  "message.too_large": {
    retryable: false,
    rule: `a body has at most ${CODE_POINTS_MAX} code points`,
  },
  "message.malformed": {
    retryable: false,
    rule: "a body is Unicode text: no half of a surrogate pair",
  },
  "data.invalid": {
    retryable: false,
    rule: "data is a JSON object, and nothing in it is named __proto__",
  },
  "data.too_large": {
    retryable: false,
    rule: `data has at most ${DATA_BYTES_MAX} bytes as JSON.stringify writes it`,
  },
  "data.malformed": {
    retryable: false,
    rule: "texts in data are Unicode: no half of a surrogate pair",
  },
  "key.invalid": {
    retryable: false,
    rule: `a key is Unicode text of 1 to ${KEY_BYTES_MAX} bytes`,
  },
  "auth.invalid_token": { retryable: true, rule: "the token was not accepted: try a fresh one" },
  "auth.revoked": { retryable: false, rule: "you were signed out: this token counts no longer" },
  "auth.other_user": {
    retryable: false,
    rule: "the token is of the user whose session it is",
  },
  "auth.token_in_url": {
    retryable: false,
    rule: "a token goes into the hello frame, never into a URL",
  },
  "auth.disabled": { retryable: false, rule: "this server hands out no development identities" },
  rate_limited: { retryable: true, rule: "too many, too fast" },
  "limit.sockets": { retryable: true, rule: "too many open sockets" },
  "limit.devices": { retryable: true, rule: "too many devices of yours are connected" },
  "limit.watches": { retryable: false, rule: "too many users watched" },
  "limit.pending": { retryable: true, rule: "too much of yours is waiting to be stored" },
  "limit.questions": { retryable: true, rule: "too many questions of yours are waiting" },
  not_found: { retryable: false, rule: "nothing there that you may see" },
  "view.behind": { retryable: true, rule: "the view has not come that far yet" },
  unavailable: { retryable: true, rule: "the store does not answer just now" },
  internal: { retryable: true, rule: "something broke on our side" },
  "origin.refused": { retryable: false, rule: "this origin may not connect" },
  "upgrade.refused": {
    retryable: false,
    rule: "GET /v1/ws over HTTP/1.1, WebSocket version 13, no sub-protocol",
  },
  "http.not_found": { retryable: false, rule: "no such path" },
  "http.method_not_allowed": { retryable: false, rule: "this path has other methods" },
  "http.body_too_large": {
    retryable: false,
    rule: `a request's body has at most ${HTTP_BYTES_MAX} bytes`,
  },
  draining: { retryable: true, rule: "this server is going away; connect to another" },
} as const satisfies Record<string, { retryable: boolean; rule: string }>;
export type RejectionCode = keyof typeof REJECTIONS;

export const isRejectionCode = (code: string): code is RejectionCode =>
  Object.hasOwn(REJECTIONS, code);

/** The reason why a frame or request is refused; becomes an `error` frame or a problem+json answer. */
export interface Rejection {
  readonly code: RejectionCode;
  /** Dotted path of the field that broke the rule. */
  readonly field?: string;
  /** The bound of the field, in words that follow "it has to". */
  readonly bound?: string;
  readonly retryAfterMs?: number;
}

/** The sentence that goes out: the field, the rule and the bound, never what it held. */
export function explain({ code, field = "", bound = "" }: Rejection): string {
  const rule = `${REJECTIONS[code].rule}${bound && `: it has to ${bound}`}`;
  return field === "" ? rule : `${field}: ${rule}`;
}

/**
 * How the server ends a socket. 4000–4499: come back (with back-off); 4500–4999: do not.
 * The split is Centrifuge's. 1009 and 1007 come from the WebSocket layer itself.
 */
export const CLOSES = {
  drained: { code: 4400, reason: "draining: connect again, elsewhere" },
  helloTimeout: { code: 4401, reason: "no hello in time" },
  badToken: { code: 4402, reason: "token not accepted: come back with a fresh one" },
  expired: { code: 4403, reason: "token expired: come back with a fresh one" },
  idle: { code: 4408, reason: "no sign of life" },
  slow: { code: 4409, reason: "reading too slowly: come back and resume" },
  resync: { code: 4410, reason: "connection to the log was lost: come back and resume" },
  replaced: { code: 4411, reason: "replaced: a newer connection took over" },
  limit: { code: 4429, reason: "too many sockets of yours: come back later" },
  tooMany: { code: 4429, reason: "too many, too fast: come back later" },
  abuse: { code: 4500, reason: "too many invalid frames" },
  refused: { code: 4501, reason: "hello was not accepted" },
  revoked: { code: 4502, reason: "signed out: this token counts no longer" },
} as const satisfies Record<string, { code: number; reason: string }>;
export type CloseName = keyof typeof CLOSES;
