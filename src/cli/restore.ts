import { assertWhole, readPiece } from "../bundle/pieces.ts";
import { readManifest, type Manifest, type Piece } from "../bundle/manifest.ts";
import { BundleError } from "../bundle/whole.ts";
import type { Settings } from "../config/settings.ts";
import type { Administered } from "../nats/bundle/administered.ts";
import { ExchangeError } from "../nats/bundle/exchange.ts";
import { finish } from "./finish.ts";
import { isOfFormat } from "../nats/bundle/metadata.ts";
import { assertReplaceable, clear, putPiece, type Leave } from "../nats/bundle/replace.ts";
import { clusterIn } from "../nats/clustername.ts";
import { backedUp, dealtIn } from "../nats/streams.ts";
import { asAdmin } from "./asadmin.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { print } from "./exit.ts";
import { Stages } from "./stages.ts";

const HELP = `posthorn restore DIR [--replace [--foreign]] [--replicas N]

Puts back the streams of a backup. Every process of Posthorn must be stopped. The command refuses while a gateway is
alive; it listens for 6 s, since one may have been killed. Where a stream has an owner it listens for 2.5 s for other processes.
Every file is compared with its digest before anything is changed.

Each mailbox stream goes on in a new generation, so that what was said since the backup and is lost is not taken
for what is said next. Devices take their chats anew, views are rebuilt, people lose what came after the backup.
Where it is cut off, Posthorn does not start; run it again.

  --replace     the streams that are there are removed; without it nothing is done when there are some
  --foreign     also where they are of another cluster, as when Posthorn was started without its data
  --replicas N  of each stream; default: as many as in the backup
  -h, --help    this text

Settings are those of Posthorn, with a user who has the rights of \`admin\` in docker/nats.conf.
Exit codes: 0 well, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = {
  replace: { type: "boolean" },
  foreign: { type: "boolean" },
  replicas: { type: "string" },
} as const;

type Asked = Leave & { readonly dir: string };

/** `posthorn restore`: puts back the streams of a backup. Returns the exit code. */
export const restore: Run = (args, env) => carryOut({ help: HELP, read, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function read(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const { replace = false, foreign = false } = values;
  const [dir = "", ...more] = positionals;
  if (dir === "" || more.length > 0) throw new Error("name one folder (--help tells more)");
  if (foreign && !replace) throw new Error("--foreign goes with --replace");
  return { dir, replace, foreign, replicas: replicasOf(values.replicas) };
}

/** @throws Error when it is no number of replicas. */
function replicasOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-5]$/.test(given)) return Number(given);
  throw new Error(`--replicas: ${JSON.stringify(given)} is no number from 1 to 5`);
}

function run({ dir, ...leave }: Asked, settings: Settings): Promise<number> {
  return asAdmin(settings, "posthorn-restore-cli", async (broker) => {
    const stages = new Stages();
    const manifest = await usable(dir, settings.CLUSTER_NAME);
    assertFits(manifest, broker, leave);
    const there = await assertReplaceable(broker, manifest.cluster, leave);
    for (const piece of manifest.pieces) {
      await assertWhole(dir, piece);
      stages.say(`${piece.name}: is what was written`);
    }
    const above = await clear(broker, there);
    // MAILBOX_0 last: by it Posthorn knows that there is something.
    for (const piece of manifest.pieces.toReversed().toSorted(firstLast)) {
      const told = (bytes: number): void => stages.reach(piece.name, bytes, piece.bytes);
      const how = { there, above, replicas: leave.replicas };
      await putPiece(broker, piece, how, { parts: readPiece(dir, piece.name), told });
      stages.say(`${piece.name}: put back up to ${piece.state.last_seq}`);
    }
    const names = manifest.pieces.map(({ name }) => name);
    const generation = await finish(broker, names, above);
    return print(
      `${dir}: put back as of ${manifest.begunAt}, in generation ${generation}; start Posthorn now`,
    );
  });
}

const firstLast = (a: Piece, b: Piece): number =>
  Number(a.name === "MAILBOX_0") - Number(b.name === "MAILBOX_0");

/** The manifest of a bundle of this cluster that has everything. @throws BundleError */
async function usable(dir: string, cluster: string): Promise<Manifest> {
  const manifest = await readManifest(dir);
  if (manifest === undefined) throw new BundleError(`${dir} has no backup`);
  const pieces = new Map(manifest.pieces.map((piece) => [piece.name, piece]));
  const wanted = backedUp(dealtIn(pieces.get("MAILBOX_0")?.config));
  const missing = wanted.filter((name) => !pieces.has(name));
  if (manifest.completeAt === undefined || missing.length > 0)
    throw new BundleError(
      `the backup in ${dir} was cut off: run posthorn backup to its end, or take another`,
    );
  const other = manifest.pieces.find(({ config }) => !isOfFormat(config.metadata));
  if (other !== undefined)
    throw new BundleError(`${other.name} in ${dir} is of a format that this version does not read`);
  const named = clusterIn(pieces.get("MAILBOX_0")?.config ?? {});
  if (named !== cluster)
    throw new BundleError(
      `CLUSTER_NAME is ${JSON.stringify(cluster)}, but the backup in ${dir} is of the cluster ${JSON.stringify(named)}: streams keep their name`,
    );
  return manifest;
}

/** @throws ExchangeError when the broker could not take it. */
function assertFits(manifest: Manifest, { version, clustered }: Administered, leave: Leave): void {
  if (isOlder(version, manifest.broker))
    throw new ExchangeError(
      `the backup is from nats-server ${manifest.broker}: ${version}, which is older, may not read it`,
    );
  const replicas =
    leave.replicas ?? Math.max(...manifest.pieces.map(({ config }) => config.num_replicas));
  if (replicas > 1 && !clustered)
    throw new ExchangeError(
      `the broker is one server, and cannot have ${replicas} replicas of a stream: use --replicas 1`,
    );
}

/** By the first two numbers: a release that mends something reads what others of its kind write. */
function isOlder(version: string, than: string): boolean {
  const [[a = 0, b = 0], [c = 0, d = 0]] = [numbers(version), numbers(than)];
  return a < c || (a === c && b < d);
}

const numbers = (version: string): number[] => version.split(/[.-]/).map(Number);
