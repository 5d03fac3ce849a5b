import type { Settings } from "../config/settings.ts";
import { UserId } from "../events/ids.ts";
import type { SessionRow } from "../protocol/frames/sessions.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { print } from "./exit.ts";
import { atMailbox } from "./person.ts";

const HELP = `posthorn sessions USER    the open sessions of a person, the oldest first

Posthorn must be running, since its views are asked. A session that somebody else than its own gateway
has closed is shown until nothing that it has sent can be stored any more.

  --json       a JSON line for each session
  -h, --help   this text

Settings are those of Posthorn (docs/operations.md).
Exit codes: 0 well, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = { json: { type: "boolean" } } as const;

interface Asked {
  readonly user: string;
  readonly json: boolean;
}

/** `posthorn sessions`: who is connected as a person, and where. Returns the exit code. */
export const sessionsOf: Run = (args, env) =>
  carryOut({ help: HELP, read: readArguments, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  return { user: readUser(positionals), json: values.json ?? false };
}

/** The one user that a command is about. @throws Error when it is none. */
export function readUser(positionals: readonly string[]): string {
  const [user = "", ...more] = positionals;
  if (user === "" || more.length > 0) throw new Error("name one user (--help tells more)");
  if (!UserId.safeParse(user).success)
    throw new Error(
      `${JSON.stringify(user)} is no user id: 1 to 64 of A-Z a-z 0-9 _ -, not beginning with g-`,
    );
  return user;
}

function run({ user, json }: Asked, settings: Settings): Promise<number> {
  return atMailbox(user, settings, async ({ head, sessions }) => {
    const rows = await sessions(head);
    if (json) return print(rows.map((row) => JSON.stringify(row)).join("\n"));
    if (rows.length === 0) return print(`${user}: no session is open`);
    return print(rows.map(lineOf).join("\n"));
  });
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function lineOf(row: SessionRow): string {
  const { sessionId, deviceId, gatewayId, openedAt, position, issuedAt, closed } = row;
  const parts = [
    `session ${sessionId}`,
    `device ${deviceId}`,
    `at ${gatewayId}`,
    `since ${timeOf(openedAt)}`,
    `position ${position}`,
  ];
  if (issuedAt !== undefined) parts.push(`token of ${timeOf(issuedAt)}`);
  if (closed !== undefined)
    parts.push(
      `ended by another than its gateway (${closed.reason}), counts in ${Math.ceil(closed.countsInMs / 1_000)} s`,
    );
  return parts.join(", ");
}
