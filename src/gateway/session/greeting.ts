import type { CloseName, Rejection } from "../../protocol/codes.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { isGroup } from "../../events/messageid.ts";
import type { Hello } from "../../protocol/frames/hello.ts";
import { errorFrame } from "../../protocol/write.ts";
import type { Identity } from "../ports.ts";
import { close } from "./ending.ts";
import { begin } from "./following.ts";
import { leftOf } from "./refreshing.ts";
import type {
  Awaiting,
  Effect,
  Live,
  Opening,
  Session,
  Step,
  Terms,
  Verifying,
} from "./session.ts";

/** Before a client whose session could not be opened comes back. */
const AGAIN_MS = 1_000;

/** The rules of a greeting: from the first frame to `welcome`. */
export const hello = (session: Awaiting, frame: Hello): Step => [
  { ...session, is: "verifying", hello: frame },
  [{ do: "verify", token: frame.token }],
];

/** Anything but one hello before `welcome`: somebody who has not said who they are, or does not wait for the answer. */
export const outOfOrder = (session: Session, { ref }: ClientFrame): Step =>
  refuse(session, { code: "op.out_of_order", field: "t" }, "refused", ref);

export function verified(session: Verifying, identity: Identity | undefined): Step {
  const { hello: said, key } = session;
  if (identity === undefined)
    return refuse(session, { code: "auth.invalid_token", field: "token" }, "badToken", said.ref);
  const rejection = foreign(said, identity);
  if (rejection !== undefined) return refuse(session, rejection, "refused", said.ref);
  const { user, expiresAt, issuedAt } = identity;
  const cursor = { seq: 0, head: 0, filling: true };
  const { deviceId, replaces, since } = said;
  return [
    { is: "opening", key, hello: said, user, expiresAt, issuedAt, cursor },
    [
      { do: "greeted" },
      { do: "open", user, deviceId, issuedAt, replaces },
      { do: "readAhead", user, since: ownOf(since, user) },
    ],
  ];
}

/** The opening is stored: the client is welcomed, and its cursor followed. */
export function opened(
  session: Opening,
  { head, epoch }: { head: number; epoch: string },
  now: number,
  { told }: Terms,
): Step {
  const { hello: said, key, user, expiresAt, issuedAt, cursor } = session;
  const live: Live = {
    is: "live",
    key,
    user,
    deviceId: said.deviceId,
    expiresAt,
    issuedAt,
    cursor: { ...cursor, head: Math.max(cursor.head, head) },
    fill: undefined,
    frames: 0,
    typing: 0,
    refreshes: 0,
    refreshing: undefined,
    strikes: 0,
    numbers: [],
    pendingSends: 0,
    watched: NOBODY,
  };
  const own = ownOf(said.since, user) ?? { epoch, seq: 0 };
  const [next, effects] = begin(live, own, head, epoch);
  const groups = said.since?.filter(({ mailbox }) => isGroup(mailbox)) ?? [];
  const ref = said.ref === undefined ? {} : { ref: said.ref };
  const lasts = { expiresInMs: leftOf(expiresAt, now), limits: told };
  const welcome = { t: "welcome", ...key, user, head, epoch, ...lasts, ...ref } as const;
  const enter: Effect = { do: "enter", user, since: groups };
  return [next, [{ do: "say", frame: welcome }, ...effects, enter]];
}

/** There is no place for it, or not now. It was not counted, so nothing but the socket ends. */
export function turnedAway(session: Opening, rejection: Rejection): Step {
  const name = rejection.code === "unavailable" ? "resync" : "tooMany";
  const [closed] = close(session, name);
  return [closed, [say(rejection, session.hello.ref), { do: "close", close: name }]];
}

/** That is not the client's fault: it comes back. */
export const unopened = (session: Verifying | Opening, retryAfterMs = AGAIN_MS): Step =>
  refuse(session, { code: "unavailable", retryAfterMs }, "resync", session.hello.ref);

/** Refuses and closes: nothing is owed to somebody who is not welcome yet. */
export function refuse(
  session: Session,
  rejection: Rejection,
  name: CloseName,
  ref?: ClientFrame["ref"],
): Step {
  const [closed, effects] = close(session, name);
  return [closed, [say(rejection, ref), ...effects]];
}

const say = (rejection: Rejection, ref: ClientFrame["ref"]): Effect => ({
  do: "say",
  frame: errorFrame(rejection, ref === undefined ? {} : { ref }),
});

const NOBODY: ReadonlySet<string> = new Set();

/** The cursor of the own mailbox; of several the first counts. */
const ownOf = (since: Hello["since"], user: string) =>
  since?.find(({ mailbox }) => mailbox === user);

/** A cursor of somebody else's mailbox: the same answer whether it exists or not. Of groups, the log will say. */
function foreign({ since }: Hello, { user }: Identity): Rejection | undefined {
  const index = since?.findIndex(({ mailbox }) => mailbox !== user && !isGroup(mailbox)) ?? -1;
  return index < 0 ? undefined : { code: "not_found", field: `since.${index}.mailbox` };
}
