/** A variable of the environment that is no setting and looks like one. */
export interface Misspelt {
  readonly name: string;
  /** The setting that it looks like. */
  readonly meant: string;
}

/** Shorter names are near to too many others: `HOST` and `POST` differ by one letter. */
const CHARS_MIN = 6;
/** Longer names are not compared: none of ours is as long. */
const CHARS_MAX = 64;
/** Names that are near to settings, and are somebody else's; `SSL_CERT_FILE` is OpenSSL's. */
const FOREIGN = new Set(["NATS_PORT", "NATS_SERVER", "HOSTNAME", "SSL_CERT_FILE"]);
/** A prefix that people give to settings of ours. Kubernetes has variables of that form, too, whose values are addresses. */
const PREFIX = "POSTHORN_";
const SERVICE_LINK = /^tcp:\/\//;
/** Settings that say who may come in, or what runs: a default in their place may let in anybody, or run everything twice. */
const GUARDS = /^((AUTH|JWT|ALLOWED|TRUSTED)_|POSTHORN_ROLES$)/;

/** Edits by which a name of so many characters may differ from the setting that was meant. */
const editsMax = (chars: number): number => (chars < 8 ? 1 : chars < 12 ? 2 : 3);

/**
 * The variables that look like settings and are none, each with the nearest setting.
 * @param env the environment.
 * @param settings the names of all settings, those that end in `_FILE` among them.
 */
export function misspelt(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly string[],
): Misspelt[] {
  const known = new Set(settings);
  return Object.entries(env).flatMap(([name, value = ""]) => {
    if (known.has(name) || FOREIGN.has(name) || value === "") return [];
    const meant = meantBy(name, value, known);
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** Those that must not be passed over: of settings that say who may come in, and that are not given themselves. */
export const grave = (
  found: readonly Misspelt[],
  env: Readonly<Record<string, string | undefined>>,
): Misspelt[] => found.filter(({ meant }) => GUARDS.test(meant) && !env[meant]);

function meantBy(name: string, value: string, known: ReadonlySet<string>): string | undefined {
  if (name.length < CHARS_MIN || name.length > CHARS_MAX) return undefined;
  const upper = name.toUpperCase();
  const bare = upper.startsWith(PREFIX) ? upper.slice(PREFIX.length) : upper;
  if (bare !== upper && SERVICE_LINK.test(value)) return undefined;
  if (known.has(bare)) return bare;
  const withoutFile = bare.replace(/_FILE$/, "");
  if (known.has(withoutFile)) return withoutFile;
  return nearest(bare, known) ?? nearest(upper, known);
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  let best: string | undefined;
  let fewest = editsMax(name.length) + 1;
  for (const each of known) {
    if (each.length < CHARS_MIN || Math.abs(each.length - name.length) >= fewest) continue;
    const apart = edits(name, each);
    if (apart < fewest) [best, fewest] = [each, apart];
  }
  return best;
}

/** Letters to add, take away, change or swap with the next one to make `b` of `a` (optimal string alignment). */
function edits(a: string, b: string): number {
  let rows: Rows = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(least(rows, row, [a, i], [b, j]));
    rows = [rows[1], row];
  }
  return rows[1][b.length] ?? 0;
}

/** The last two rows of the table of edits. */
type Rows = [before: readonly number[], above: readonly number[]];
type Place = readonly [text: string, end: number];

/** The edits between the beginnings of both texts, from those between shorter ones. */
function least(
  [before, above]: Rows,
  row: readonly number[],
  [a, i]: Place,
  [b, j]: Place,
): number {
  const at = (numbers: readonly number[], k: number): number => numbers[k] ?? 0;
  const change = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const one = Math.min(change, at(above, j) + 1, at(row, j - 1) + 1);
  const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return isSwap ? Math.min(one, at(before, j - 2) + 1) : one;
}
