import { assertWhole, clearPartials, countIn, openFolder, writePiece } from "../bundle/pieces.ts";
import {
  BUNDLE_FORMAT,
  readManifest,
  writeManifest,
  type Manifest,
  type Piece,
} from "../bundle/manifest.ts";
import { BundleError, isPartial } from "../bundle/whole.ts";
import type { Settings } from "../config/settings.ts";
import { ownVersion } from "../host/version.ts";
import type { Administered } from "../nats/bundle/administered.ts";
import { type Cluster, clusterOf, inventory, type Inventory } from "../nats/bundle/inventory.ts";
import { assertOfCluster } from "../nats/clustername.ts";
import { snapshotOf } from "../nats/bundle/takeout.ts";
import { backedUp, dealtIn } from "../nats/streams.ts";
import { numberOf } from "../nats/subjects.ts";
import { assertFormat } from "../nats/topology.ts";
import { asAdmin } from "./asadmin.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { EXIT, print } from "./exit.ts";
import { amountOf, Stages } from "./stages.ts";

const HELP = `posthorn backup DIR

Writes the streams into a folder: a file for each, and a manifest that says which. Posthorn may be running
meanwhile. The folder is new, empty, or one in which this command was cut off: streams that are whole there
are not taken again. Views are not in it, they are built anew. Bodies of messages can be read in it.

Each file is read again when it is written: its digest, and that it has as many entries as the broker said.

  -h, --help   this text

Settings are those of Posthorn, with a user who has the rights of \`admin\` in docker/nats.conf.
Exit codes: 0 well, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

/** A table is taken so often, until nothing of it was replaced while it was read. */
const TRIES = 5;

/** `posthorn backup`: writes the streams into a folder. Returns the exit code. */
export const backup: Run = (args, env) => carryOut({ help: HELP, read, run }, args, env);

interface Asked {
  readonly dir: string;
}

/** Reads the arguments. @throws Error with what is wrong about them. */
function read(args: readonly string[]): Asked {
  const { positionals } = argumentsIn(args, {});
  const [dir = "", ...more] = positionals;
  if (dir === "" || more.length > 0) throw new Error("name one folder (--help tells more)");
  return { dir };
}

function run({ dir }: Asked, settings: Settings): Promise<number> {
  return asAdmin(settings, "posthorn-backup-cli", async (broker) => {
    const stages = new Stages();
    const there = await inventory(broker.jsm);
    const first = there.get("MAILBOX_0");
    if (first !== undefined) assertOfCluster(assertFormat(first).config, settings.CLUSTER_NAME);
    const manifest = await taken(dir, broker, there, stages);
    const [bytes, entries] = [sum(manifest, "bytes"), sum(manifest, "counted")];
    print(
      `${dir}: ${manifest.pieces.length} streams, ${entries} entries, ${amountOf(bytes)}, complete`,
    );
    return EXIT.well;
  });
}

const sum = ({ pieces }: Manifest, of: "bytes" | "counted"): number =>
  pieces.reduce((total, { [of]: some = 0 }) => total + some, 0);

async function taken(
  dir: string,
  broker: Administered,
  there: Inventory,
  stages: Stages,
): Promise<Manifest> {
  const cluster = await clusterOf(broker.jsm, there);
  if (cluster === undefined) throw new BundleError("the broker has no streams of Posthorn");
  const names = backedUp(dealtIn(there.get("MAILBOX_0")?.config));
  const missing = names.filter((name) => !there.has(name));
  if (missing.length > 0) throw new BundleError(`the broker has no stream ${missing.join(", ")}`);
  let manifest = await beginning(dir, cluster, broker.version);
  await clearPartials(dir);
  // By it the folder is known as this backup's, also when the first stream alone is in it.
  await writeManifest(dir, manifest);
  for (const name of names) {
    const known = manifest.pieces.find((piece) => piece.name === name);
    if (known !== undefined && (await isWhole(dir, known))) {
      stages.say(`${name}: is there already`);
      continue;
    }
    const piece = await take(dir, name, broker, stages);
    const others = manifest.pieces.filter((each) => each.name !== name);
    manifest = { ...manifest, pieces: [...others, piece] };
    await writeManifest(dir, manifest);
  }
  manifest = { ...manifest, completeAt: new Date().toISOString() };
  await writeManifest(dir, manifest);
  return manifest;
}

/** The manifest to go on with. @throws BundleError when the folder is of something else. */
async function beginning(
  dir: string,
  { origin, epoch }: Cluster,
  broker: string,
): Promise<Manifest> {
  const names = await openFolder(dir);
  const found = await readManifest(dir);
  if (found === undefined) {
    if (names.some((name) => !isPartial(name)))
      throw new BundleError(`${dir} is not empty, and no backup: name a new folder`);
    return {
      format: BUNDLE_FORMAT,
      posthorn: ownVersion(),
      broker,
      cluster: origin,
      epoch,
      begunAt: new Date().toISOString(),
      pieces: [],
    };
  }
  if (found.cluster !== origin)
    throw new BundleError(`${dir} has a backup of another cluster: name a new folder`);
  if (found.completeAt !== undefined)
    throw new BundleError(
      `${dir} has the complete backup of ${found.completeAt}: name a new folder`,
    );
  if (found.epoch !== epoch)
    throw new BundleError(
      `the streams were put back since the backup in ${dir} began: name a new folder`,
    );
  return found;
}

const isWhole = (dir: string, piece: Piece): Promise<boolean> =>
  assertWhole(dir, piece).then(
    () => true,
    () => false,
  );

/** Takes a stream, until all that was there is in the file, where that can be had. @throws BundleError, ExchangeError */
async function take(
  dir: string,
  name: string,
  broker: Administered,
  stages: Stages,
): Promise<Piece> {
  for (let tries = 1; ; tries++) {
    const piece = await takeOnce(dir, name, broker, stages);
    const { counted, state } = piece;
    if (counted === undefined || counted === state.messages) return piece;
    if (numberOf(name) !== undefined)
      throw new BundleError(`${name}: ${counted} entries were written of ${state.messages}`);
    // Of a table the broker drops what is replaced, also while it is read, and what replaces it lies behind the end.
    if (tries < TRIES) continue;
    stages.say(`${name}: ${state.messages - counted} entries were replaced meanwhile`);
    return piece;
  }
}

/** Takes a stream, and reads again what was written. @throws BundleError, ExchangeError */
async function takeOnce(
  dir: string,
  name: string,
  { exchange, inbox }: Administered,
  stages: Stages,
): Promise<Piece> {
  const takenAt = new Date().toISOString();
  const { config, state, chunks } = await snapshotOf(exchange, name, inbox());
  const written = await writePiece(dir, name, chunks, (bytes) => stages.reach(name, bytes));
  const counted = await countIn(dir, name);
  const piece = { name, config, state, ...written, takenAt };
  const words = counted === undefined ? "entries not counted" : `${counted} entries`;
  stages.say(`${name}: ${words}, ${amountOf(written.bytes)}`);
  return counted === undefined ? piece : { ...piece, counted };
}
