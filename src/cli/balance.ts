import type { Settings } from "../config/settings.ts";
import { leaderMoves, type Replicated, type LeaderMove } from "../nats/balance/leaders.ts";
import { leaderships } from "../nats/balance/stepdown.ts";
import { mailboxBeside } from "../nats/subjects.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { EXIT, fail, print } from "./exit.ts";
import { withBroker } from "./outside.ts";
import { foretellReplicas, spreadReplicas } from "./spread.ts";

const HELP = `posthorn cluster balance [--replicas] [--dry-run]

Spreads the leaders of the streams over the servers of the broker again: behind restarts one server may lead most of them. One
stream after the other is handed over, which takes some 50 ms each; Posthorn runs meanwhile. A line for each that was moved.

  --replicas   before that, has servers that keep less than others take whole streams over from them, for a server that is new, and brings
               the checkpoints of each mailbox stream to the servers that keep it. One replica at a time; the old one goes when the new one has everything. Refuses while any stream lacks one. Needs nats-server 2.15,
               and the servers in NATS_MONITOR_URL
  --dry-run    says what would be moved, and moves nothing
  -h, --help   this text

Settings are those of Posthorn, with a user who has the rights of \`admin\` in docker/nats.conf.
Exit codes: 0 spread, 1 failed, or a stream is left where it was, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = { "dry-run": { type: "boolean" }, replicas: { type: "boolean" } } as const;

/** So long other streams have the servers for themselves, so that who copies to all of them waits for one at a time. */
const PAUSE_MS = 100;

interface Asked {
  readonly dry: boolean;
  readonly replicas: boolean;
}

type Leaderships = Awaited<ReturnType<typeof leaderships>>;

/** `posthorn cluster`: looks after the servers of the broker. Returns the exit code. */
export const cluster: Run = (args, env) => carryOut({ help: HELP, read, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function read(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const [command, ...more] = positionals;
  if (command !== "balance" || more.length > 0)
    throw new Error("it is balance (--help tells more)");
  return { dry: values["dry-run"] ?? false, replicas: values.replicas ?? false };
}

const run = ({ dry, replicas }: Asked, settings: Settings): Promise<number> =>
  withBroker(settings, "posthorn-cluster-cli", async ({ link }) => {
    const leaders = await leaderships(link.nc);
    const streams = await leaders.streams();
    if (streams === undefined) return fail(EXIT.failed, "there are no streams yet: posthorn init");
    if (streams.every(({ ready }) => ready.length < 2))
      return fail(
        EXIT.failed,
        "each stream is on one server, so that no other can lead it: there is nothing to spread",
      );
    if (replicas) await spread(leaders, settings, dry);
    return lead(leaders, dry);
  });

/** Spreads the leaders, or says what that would move. Returns the exit code. */
async function lead({ streams, move: act }: Leaderships, dry: boolean): Promise<number> {
  let left = 0;
  for (const move of leaderMoves((await streams()) ?? [])) {
    if (dry) print(`${move.stream}: ${move.from} → ${move.to}`);
    else left += (await moved(move, act)) ? 0 : 1;
  }
  const now = (await streams()) ?? [];
  print(standing(now));
  for (const line of apart(now)) print(line);
  for (const { stream, leader } of now)
    if (leader === undefined) {
      print(`${stream}: nobody leads it just now`);
      left++;
    }
  return left > 0 ? EXIT.failed : EXIT.well;
}

/** Spreads the replicas, or says what that would move. */
async function spread(
  { streams: all, moveReplica: move }: Leaderships,
  settings: Settings,
  dry: boolean,
): Promise<void> {
  const streams = async (): Promise<readonly Replicated[]> => (await all()) ?? [];
  await (dry
    ? foretellReplicas({ settings, streams })
    : spreadReplicas({ settings, streams, move }));
}

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

/** Checkpoints that are led by another server than their mailboxes, a line for each. */
const apart = (streams: readonly Replicated[]): string[] =>
  streams.flatMap(({ stream, leader, kept }) => {
    const mailbox = streams.find((each) => each.stream === mailboxBeside(stream));
    if (mailbox?.leader === undefined || mailbox.leader === leader) return [];
    const why = kept.includes(mailbox.leader) ? "" : ", which does not keep it: --replicas helps";
    return [`${stream} is not led beside ${mailbox.stream}, by ${mailbox.leader}${why}`];
  });

/** How many streams each server leads and keeps. */
function standing(streams: readonly Replicated[]): string {
  const servers = [...new Set(streams.flatMap(({ ready }) => ready))].toSorted();
  return servers
    .map((server) => {
      const led = streams.filter(({ leader }) => leader === server);
      const mailboxes = led.filter(({ stream }) => stream.startsWith("MAILBOX_")).length;
      const keeps = streams.filter(({ kept }) => kept.includes(server)).length;
      return `${server} leads ${led.length} streams, ${mailboxes} of mailboxes, and keeps ${keeps}`;
    })
    .join("\n");
}
