import { imports, type File } from "./files.ts";

/** Groups of files that import each other in a circle, type-only imports included. */
export function circles(files: readonly File[]): string[][] {
  const targets = new Map(files.map((file) => [file.name, imports(file)]));
  const reach = new Map<string, Set<string>>();
  for (const { name } of files) {
    const seen = new Set(targets.get(name));
    for (const each of seen) for (const next of targets.get(each) ?? []) seen.add(next);
    reach.set(name, seen);
  }
  const inCircle = files.map(({ name }) => name).filter((name) => reach.get(name)?.has(name));
  const groups = new Map<string, string[]>();
  for (const name of inCircle) {
    const group = inCircle.filter(
      (other) => reach.get(name)?.has(other) && reach.get(other)?.has(name),
    );
    groups.set(group.join(), group);
  }
  return [...groups.values()];
}
