import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const TOP = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** A project with the packed client in it, as somebody has it who has installed it. */
export interface Embedder {
  readonly project: string;
  readonly tarball: string;
  /** Copies packages that are here already into the project, as npm would lay them. */
  lay(names: readonly string[]): void;
  remove(): void;
}

/**
 * Packs the client, and installs it: offline, with the one dependency that is here already.
 * @param begin the folder with which the project begins.
 */
export async function embed(begin?: string): Promise<Embedder> {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "embedder-"));
  const project = join(dir, "project");
  await run(process.execPath, [join(TOP, "scripts/pack.mjs"), dir]);
  const tarball = readdirSync(dir).find((name) => name.endsWith(".tgz")) ?? "none";
  const copy = (name: string, to: string): void =>
    cpSync(join(TOP, "node_modules", name), join(to, name), { recursive: true });
  if (begin === undefined) mkdirSync(project);
  else cpSync(begin, project, { recursive: true });
  copy("idb", dir);
  const dependencies = { posthorn: `file:../${tarball}`, idb: "file:../idb" };
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "embedder", private: true, type: "module", dependencies }),
  );
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund"], { cwd: project });
  return {
    project,
    tarball: join(dir, tarball),
    lay: (names) => names.forEach((name) => copy(name, join(project, "node_modules"))),
    remove: () => rmSync(dir, { recursive: true }),
  };
}
