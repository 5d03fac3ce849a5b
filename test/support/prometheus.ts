/** The figures of a scrape, each by its name and labels as they are written. */
export type Scrape = ReadonlyMap<string, number>;

const NAME = /^[a-z][a-z0-9_]*$/;
const SAMPLE = /^([a-z][a-z0-9_]*)(?:\{([^}]*)\})? (\S+)$/;
const LABEL = /^[a-z_]+="[^"\\\n]*"$/;

interface Family {
  readonly type: string;
  readonly samples: { name: string; labels: string[]; value: number }[];
}

/**
 * Reads the text format of Prometheus as strictly as `promtool check metrics` does.
 * @throws Error that names the line and the rule it breaks.
 */
export function readScrape(text: string): Scrape {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = familiesOf(text.slice(0, -1).split("\n"));
  for (const [name, family] of families) check(name, family);
  const all = [...families.values()].flatMap(({ samples }) => samples);
  const figures = new Map(all.map((sample) => [written(sample), sample.value]));
  if (figures.size < all.length) throw new Error("a figure is said twice");
  return figures;
}

const written = ({ name, labels }: { name: string; labels: string[] }): string =>
  labels.length === 0 ? name : `${name}{${labels.join(",")}}`;

function familiesOf(lines: readonly string[]): Map<string, Family> {
  const families = new Map<string, Family>();
  const helped = new Set<string>();
  let open = "";
  for (const line of lines.filter((each) => each !== "")) {
    const [, what, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (what === "HELP") helped.add(name);
    else if (what === "TYPE") {
      if (!helped.has(name)) throw new Error(`${name}: no help before its type`);
      if (families.has(name)) throw new Error(`${name}: stands in two places`);
      families.set((open = name), { type: rest, samples: [] });
    } else sample(line, open, families.get(open));
  }
  return families;
}

function sample(line: string, of: string, family: Family | undefined): void {
  const [, name = "", labels = "", figure = ""] = SAMPLE.exec(line) ?? [];
  const tail = family?.type === "histogram" ? /^(_bucket|_sum|_count)$/ : /^$/;
  if (family === undefined || !name.startsWith(of) || !tail.test(name.slice(of.length)))
    throw new Error(`no family of its own: ${line}`);
  const value = figure === "+Inf" ? Number.POSITIVE_INFINITY : Number(figure);
  if (figure === "" || Number.isNaN(value)) throw new Error(`no figure: ${line}`);
  const pairs = labels === "" ? [] : labels.split(",");
  if (!pairs.every((pair) => LABEL.test(pair))) throw new Error(`no labels: ${line}`);
  family.samples.push({ name, labels: pairs, value });
}

/** The rules for names and for what a type promises. */
function check(name: string, { type, samples }: Family): void {
  if (!NAME.test(name)) throw new Error(`${name}: no name`);
  if (!["counter", "gauge", "histogram"].includes(type)) throw new Error(`${name}: ${type}`);
  if ((type === "counter") !== name.endsWith("_total"))
    throw new Error(`${name}: a counter, and nothing else, ends in _total`);
  if (/_(ms|millis|kib|mib|minutes)(_|$)/.test(name)) throw new Error(`${name}: no base unit`);
  if (type === "counter" && samples.some(({ value }) => value < 0))
    throw new Error(`${name}: below 0`);
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: Family["samples"]): void {
  const buckets = samples.filter((each) => each.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => Number(/^le="(.+)"$/.exec(labels[0] ?? "")?.[1]));
  const last = buckets.at(-1);
  if (last?.labels[0] !== 'le="+Inf"') throw new Error(`${name}: no last bucket`);
  for (const [i, { value }] of buckets.slice(1).entries()) {
    const before = buckets[i];
    if (before === undefined || value < before.value) throw new Error(`${name}: not cumulative`);
    if (i + 2 < buckets.length && !((bounds[i + 1] ?? 0) > (bounds[i] ?? 0)))
      throw new Error(`${name}: bounds do not rise`);
  }
  const count = samples.find((each) => each.name === `${name}_count`);
  if (count?.value !== last.value) throw new Error(`${name}: the count is not the last bucket's`);
  if (!samples.some((each) => each.name === `${name}_sum`)) throw new Error(`${name}: no sum`);
}
