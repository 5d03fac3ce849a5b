import { basename } from "node:path";
import type { File } from "./files.ts";

/** Statements that export a name. */
const EXPORTED =
  /^export (?:declare )?(?:async )?(?:const|let|function\*?|class|interface|type|abstract class) ([A-Za-z_$][\w$]*)/gm;

/** Names that a file exports; a value and its type of the same name count once. */
export const exportsOf = ({ text }: File): string[] => [
  ...new Set([...text.matchAll(EXPORTED)].map(([, name = ""]) => name)),
];

/** Names that several files have, with those files. */
export function shared(
  files: readonly File[],
  of: (file: File) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const file of files)
    for (const name of of(file)) owners.set(name, [...(owners.get(name) ?? []), file.name]);
  return new Map([...owners].filter(([, names]) => names.length > 1));
}

export const basenames = ({ name }: File): string[] => [basename(name)];

/** The difference between the shared names there are and those that are allowed, in sentences. */
export function unexpected(
  there: ReadonlyMap<string, readonly string[]>,
  allowed: Readonly<Record<string, readonly string[]>>,
): string[] {
  const known = new Set(Object.values(allowed).flat());
  const fresh = [...there].filter(([name]) => !known.has(name));
  return [
    ...fresh.map(([name, files]) => `${name} means several things: ${files.join(", ")}`),
    ...[...known]
      .filter((name) => !there.has(name))
      .map((name) => `${name} is shared no longer: take it from the list`),
  ];
}
