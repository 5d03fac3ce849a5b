import type { Settings } from "../config/settings.ts";
import { leaderMoves, type Replicated, type LeaderMove } from "../nats/balance/leaders.ts";
import { leaderships } from "../nats/balance/stepdown.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { EXIT, fail, print } from "./exit.ts";
import { withBroker } from "./outside.ts";

const HELP = `posthorn cluster balance [--dry-run]

Spreads the leaders of the streams over the servers of the broker again: behind restarts one server may lead most of them. One
stream after the other is handed over, which takes some 50 ms each; Posthorn runs meanwhile. A line for each that was moved.

  --dry-run    says what would be moved, and moves nothing
  -h, --help   this text

Settings are those of Posthorn, with a user who has the rights of \`admin\` in docker/nats.conf.
Exit codes: 0 spread, 1 failed, or a stream is left where it was, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = { "dry-run": { type: "boolean" } } as const;

/** So long other streams have the servers for themselves, so that who copies to all of them waits for one at a time. */
const PAUSE_MS = 100;

interface Asked {
  readonly dry: boolean;
}

/** `posthorn cluster`: looks after the servers of the broker. Returns the exit code. */
export const cluster: Run = (args, env) => carryOut({ help: HELP, read, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function read(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const [command, ...more] = positionals;
  if (command !== "balance" || more.length > 0)
    throw new Error("it is balance (--help tells more)");
  return { dry: values["dry-run"] ?? false };
}

const run = ({ dry }: Asked, settings: Settings): Promise<number> =>
  withBroker(settings, "posthorn-cluster-cli", async ({ link }) => {
    const leaders = await leaderships(link.nc);
    const streams = await leaders.streams();
    if (streams === undefined) return fail(EXIT.failed, "there are no streams yet: posthorn init");
    if (streams.every(({ ready }) => ready.length < 2))
      return fail(
        EXIT.failed,
        "each stream is on one server, so that no other can lead it: there is nothing to spread",
      );
    let left = 0;
    for (const move of leaderMoves(streams)) {
      if (dry) print(`${move.stream}: ${move.from} → ${move.to}`);
      else left += (await moved(move, leaders.move)) ? 0 : 1;
    }
    const now = (await leaders.streams()) ?? [];
    print(standing(now));
    for (const { stream, leader } of now)
      if (leader === undefined) {
        print(`${stream}: nobody leads it just now`);
        left++;
      }
    return left > 0 ? EXIT.failed : EXIT.well;
  });

/** Moves it, and says so. */
async function moved(
  move: LeaderMove,
  act: (move: LeaderMove) => Promise<string | undefined>,
): Promise<boolean> {
  const leader = await act(move);
  await new Promise((done) => setTimeout(done, PAUSE_MS));
  const { stream, from, to } = move;
  print(`${stream}: ${from} → ${leader ?? "nobody else"}${leader === to ? "" : `, not ${to}`}`);
  return leader === to;
}

/** How many streams each server leads. */
function standing(streams: readonly Replicated[]): string {
  const servers = [...new Set(streams.flatMap(({ ready }) => ready))].toSorted();
  return servers
    .map((server) => {
      const led = streams.filter(({ leader }) => leader === server);
      const mailboxes = led.filter(({ stream }) => stream.startsWith("MAILBOX_")).length;
      return `${server} leads ${led.length} streams, ${mailboxes} of mailboxes`;
    })
    .join("\n");
}
