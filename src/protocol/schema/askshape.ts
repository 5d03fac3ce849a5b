import * as z from "zod";
import { UserId } from "../../events/ids.ts";
import { faultOfText } from "../body.ts";
import { ABOUT_CODE_POINTS_MAX, ASKED_USERS_MAX, NAME_CODE_POINTS_MAX } from "../frames/group.ts";

const maybe = <S extends z.ZodType>(shape: S): z.ZodExactOptional<S> =>
  z.optional(shape) as unknown as z.ZodExactOptional<S>;

/** Text of so many code points. */
const line = (min: number, max: number) =>
  z.string().superRefine((value, { addIssue }) => {
    const code = faultOfText(value, min, max);
    if (code !== undefined) addIssue(code);
  });
const Name = line(1, NAME_CODE_POINTS_MAX);
const About = line(0, ABOUT_CODE_POINTS_MAX);
const Who = maybe(z.enum(["all", "admins"]));
const Secret = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "frame.invalid");
const of = <V extends string>(verb: V) => z.strictObject({ do: z.literal(verb), user: UserId });

/** Asks as a client may say them. */
export const AskShape = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("create"),
    name: Name,
    members: maybe(z.array(UserId).max(ASKED_USERS_MAX)),
  }),
  z.strictObject({ do: z.literal("add"), users: z.array(UserId).min(1).max(ASKED_USERS_MAX) }),
  of("remove"),
  z.strictObject({ do: z.literal("leave") }),
  of("promote"),
  of("demote"),
  z.strictObject({ do: z.literal("describe"), name: maybe(Name), about: maybe(About) }),
  z.strictObject({ do: z.literal("rule"), send: Who, edit: Who, add: Who }),
  z.strictObject({ do: z.literal("invite"), on: z.boolean() }),
  z.strictObject({ do: z.literal("join"), secret: Secret }),
]);
