import * as z from "zod";
import { Cid, GroupId, Id, MessageId, ResumeSecret, Seq, UserId } from "../../events/ids.ts";
import { GENERATIONS_MAX } from "../../events/position.ts";
import { GROUP_ID, isGroup, USER_ID } from "../../events/messageid.ts";
import { faultOfBody } from "../body.ts";
import { faultOfData, faultOfKey, type Data } from "../extras.ts";
import { AskShape } from "./askshape.ts";
import { REF_CHARS_MAX, VERSION } from "../envelope.ts";
import { CHATS_MAX } from "../frames/chats.ts";
import { CURSORS_MAX, EPOCH_CHARS_MAX, TOKEN_CHARS_MAX } from "../frames/hello.ts";
import { MENTIONS_MAX } from "../frames/group.ts";
import { MEMBERS_MAX } from "../frames/groupviews.ts";
import { HISTORY_MAX } from "../frames/history.ts";
import { USERS_MAX } from "../frames/presence.ts";

/** A frame's own name: a short text or an integer. */
export const RefShape = z.union([z.string().max(REF_CHARS_MAX), z.int()]);

/**
 * A field that may be missing. A frame comes out of JSON, where nothing is `undefined`: so what is true of
 * `exactOptional` is true of `optional`, which does not try the rules of a field on one that is missing (2 µs a frame).
 */
const maybe = <S extends z.ZodType>(shape: S): z.ZodExactOptional<S> =>
  z.optional(shape) as unknown as z.ZodExactOptional<S>;

const said = {
  v: maybe(z.literal(VERSION, "op.unsupported_version")),
  ref: maybe(RefShape),
};
const Body = z.string().superRefine(held(faultOfBody));
const Content = z.custom<Data>().superRefine(held(faultOfData));
const Key = z.string("key.invalid").superRefine(held(faultOfKey));
const Users = z.array(UserId).min(1).max(USERS_MAX);
const atLeast = maybe(Seq);
const auto = maybe(z.boolean());
/** A person, or a group. */
const Peer = z.string().refine((id) => USER_ID.test(id) || GROUP_ID.test(id), "id.invalid");
const mark = { ...said, peer: Peer, upTo: Seq };
const limit = (max: number) => maybe(z.int().min(1).max(max));

/** Time of an event as its frame says it: milliseconds, whole. */
const Time = z.int().min(0);
const Generation = z
  .int()
  .min(0)
  .max(GENERATIONS_MAX - 1);
const footing = z.strictObject({ seq: Seq, at: Time, generation: maybe(Generation) });
const cursor = z.strictObject({
  mailbox: Id,
  epoch: z.string().max(EPOCH_CHARS_MAX),
  seq: Seq,
  on: maybe(footing),
});

const token = z.string().min(1).max(TOKEN_CHARS_MAX, "auth.invalid_token");
const hello = z.strictObject({
  t: z.literal("hello"),
  ...said,
  token,
  deviceId: Id,
  since: maybe(z.array(cursor).max(CURSORS_MAX)),
  replaces: maybe(z.strictObject({ sessionId: Id, resume: ResumeSecret })),
});

const send = z
  .strictObject({
    t: z.literal("send"),
    ...said,
    cid: Cid,
    to: Peer,
    body: Body,
    data: maybe(Content),
    mentions: maybe(z.array(UserId).max(MENTIONS_MAX)),
    key: maybe(Key),
    replaces: maybe(Cid),
    auto,
  })
  .superRefine(({ to, mentions }, { addIssue }) => {
    // A person is not mentioned to themselves.
    if (mentions !== undefined && !isGroup(to))
      addIssue({ code: "custom", path: ["mentions"], message: "frame.invalid" });
  });

/** A new group has no id yet; any other ask names its group. */
const ask = z
  .strictObject({ t: z.literal("ask"), ...said, cid: Cid, group: maybe(GroupId), ask: AskShape })
  .superRefine((frame, { addIssue }) => {
    if ((frame.group === undefined) !== (frame.ask.do === "create"))
      addIssue({ code: "custom", path: ["group"], message: "frame.invalid" });
  });

const history = z.strictObject({
  t: z.literal("history"),
  ...said,
  peer: Peer,
  before: maybe(Seq),
  atLeast,
  after: maybe(Seq),
  limit: limit(HISTORY_MAX),
});

const members = { after: maybe(UserId), limit: limit(MEMBERS_MAX) };

/** Client frames: what is accepted, field by field. The types are those of `frames/`; a spec says that the two are equal. */
export const ClientFrameShape = z.discriminatedUnion("t", [
  hello,
  z.strictObject({ t: z.literal("refresh"), ...said, token }),
  send,
  ask,
  z.strictObject({ t: z.literal("delivered"), ...mark }),
  z.strictObject({ t: z.literal("read"), ...mark, auto }),
  z.strictObject({ t: z.literal("typing"), ...said, peer: Peer }),
  z.strictObject({ t: z.literal("focus"), ...said }),
  z.strictObject({ t: z.literal("watch"), ...said, users: Users }),
  z.strictObject({ t: z.literal("unwatch"), ...said, users: Users }),
  z.strictObject({ t: z.literal("lastSeen"), ...said, users: Users }),
  z.strictObject({ t: z.literal("sessions"), ...said, atLeast }),
  z.strictObject({ t: z.literal("status"), ...said, id: MessageId, atLeast }),
  z.strictObject({
    t: z.literal("chats"),
    ...said,
    before: maybe(z.strictObject({ at: Time, peer: Id })),
    atLeast,
    limit: limit(CHATS_MAX),
    repeats: maybe(z.boolean()),
  }),
  history,
  z.strictObject({
    t: z.literal("keyed"),
    ...said,
    group: GroupId,
    before: maybe(Seq),
    atLeast,
    limit: limit(HISTORY_MAX),
  }),
  z.strictObject({ t: z.literal("group"), ...said, group: GroupId, atLeast }),
  z.strictObject({ t: z.literal("members"), ...said, group: GroupId, ...members, atLeast }),
  z.strictObject({ t: z.literal("info"), ...said, id: MessageId, ...members, atLeast }),
  z.strictObject({ t: z.literal("ping"), ...said }),
]);

/** A rule that names what is wrong by its code. */
function held(faultOf: (value: unknown) => string | undefined) {
  return (value: unknown, { addIssue }: z.RefinementCtx): void => {
    const code = faultOf(value);
    if (code !== undefined) addIssue(code);
  };
}
