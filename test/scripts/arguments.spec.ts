import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TOP = join(import.meta.dirname, "../..");
const run = (name: string, ...args: string[]) => {
  const script = name === "bench" ? "bench/run.mjs" : `scripts/${name}.mjs`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: TOP });
  return { status, out: stdout.toString(), err: stderr.toString() };
};

const NAMES = ["start", "dev", "seed", "pack", "size", "record", "cluster", "faults", "simulate"];

test.each([...NAMES, "mutants", "bench"])(
  "npm run %s says its help, does nothing that it was not told, and names what it does not know",
  (name) => {
    const help = run(name, "--help");
    expect(help).toMatchObject({ status: 0, err: "" });
    expect(help.out).toContain(name === "start" ? "npm start" : `npm run ${name}`);
    expect(run(name, "--port")).toEqual({
      status: 2,
      out: "",
      err: 'posthorn: there is no option "--port" (--help tells more)\n',
    });
    expect(existsSync(join(TOP, "--help"))).toBe(false);
  },
);

test.each([
  [["dance"], 'there is no order "dance"'],
  [["status", "all"], 'there is no argument "all"'],
])("npm run cluster takes no order like %j", (order, said) => {
  const err = `posthorn: ${said} (--help tells more)\n`;
  expect(run("cluster", ...order)).toEqual({ status: 2, out: "", err });
});
