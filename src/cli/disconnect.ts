import { setTimeout as wait } from "node:timers/promises";
import type { Settings } from "../config/settings.ts";
import { Id } from "../events/ids.ts";
import type { SessionEvent } from "../events/session.ts";
import type { SessionRow } from "../protocol/frames/sessions.ts";
import { isSignedOut, NO_SIGN_OUTS, signOut } from "../rules/signout.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { print } from "./exit.ts";
import { atMailbox, type PersonsMailbox } from "./person.ts";
import { readUser } from "./sessions.ts";

const HELP = `posthorn disconnect USER  signs a person out: sessions end, and no token of before now counts any more

Clients are told auth.revoked (4502), and do not come back by themselves. A token that is issued later counts.
Against a token that was stolen sign the person out on all devices: a device's name is its own word.

  --device D   on this device alone
  --for TIME   no token counts for so long, whenever it was issued: 90s, 30m, 12h, 7d
  -h, --help   this text

Settings are those of Posthorn (docs/operations.md).
Exit codes: 0 well, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = {
  device: { type: "string" },
  for: { type: "string" },
} as const;

/** A whole number and its unit; six digits of days are nearly three thousand years. */
const DURATION = /^([1-9]\d{0,5})([smhd])$/;
const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** No wait for gateways is longer: one that is there is told again every 2 s. */
const ENDED_MS = 10_000;
const LOOK_MS = 200;

interface Asked {
  readonly user: string;
  readonly device: string | undefined;
  readonly forMs: number | undefined;
}

/** `posthorn disconnect`: signs a person out. Returns the exit code. */
export const disconnect: Run = (args, env) =>
  carryOut({ help: HELP, read: readArguments, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const { device, for: time } = values;
  const user = readUser(positionals);
  if (device !== undefined && !Id.safeParse(device).success)
    throw new Error(`--device: ${JSON.stringify(device)} is no id: 1 to 64 of A-Z a-z 0-9 _ -`);
  return { user, device, forMs: time === undefined ? undefined : readDuration(time) };
}

function readDuration(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (count === undefined || unit === undefined)
    throw new Error(
      `--for: ${JSON.stringify(text)} is no time, which is a whole number from 1 to 999999 and s, m, h or d, as in 90s or 12h`,
    );
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

function run({ user, device, forMs }: Asked, settings: Settings): Promise<number> {
  return atMailbox(user, settings, async (mailbox) => {
    const before = await mailbox.time();
    const until = forMs === undefined ? undefined : before + forMs;
    const event = {
      type: "SignedOut",
      ...(device !== undefined && { device }),
      before,
      ...(until !== undefined && { until }),
    } as const;
    const who = device === undefined ? user : `${user} on ${device}`;
    const till = until === undefined ? "" : ` until ${new Date(until).toISOString()}`;
    const seq = await mailbox.state(event);
    return print(`${who}: signed out${till}; ${await ended(mailbox, event, seq)}`);
  });
}

/** Waits until the sessions that the sign-out ends have ended, and says how many. */
async function ended(
  mailbox: PersonsMailbox,
  event: Extract<SessionEvent, { type: "SignedOut" }>,
  seq: number,
): Promise<string> {
  const signOuts = signOut(NO_SIGN_OUTS, event);
  const open = async (): Promise<readonly SessionRow[]> =>
    (await mailbox.sessions(seq)).filter(
      (row) => row.closed === undefined && isSignedOut(signOuts, row, event.before),
    );
  try {
    const end = performance.now() + ENDED_MS;
    let left = await open();
    while (left.length > 0 && performance.now() < end) {
      await wait(LOOK_MS);
      left = await open();
    }
    if (left.length === 0) return "none of the sessions that this forbids is open";
    return `${left.length} of the sessions that this forbids have not ended yet: their gateways do not answer, and are asked again`;
  } catch (error) {
    return `how its sessions end cannot be seen: ${error instanceof Error ? error.message : "unknown"}`;
  }
}
