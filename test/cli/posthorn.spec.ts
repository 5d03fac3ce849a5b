import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/listing.ts";
import { posthorn } from "../../src/cli/posthorn.ts";
import { commanded, type Ended } from "../support/command.ts";

const TOP = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8")) as {
  version: string;
};
/** Time for modules to be loaded, all of the program among them. */
const LOADING_MS = 60_000;
/** Nobody listens there: what asks a broker ends with another code. */
const run = (...args: string[]): Promise<Ended> =>
  commanded(posthorn, args, { NATS_URL: "nats://127.0.0.1:1" });

describe("posthorn", () => {
  test("alone says on stderr how it is used, and ends with 2", async () => {
    expect(await run()).toEqual({ code: 2, out: "", err: (await run("--help")).out });
  });

  test("says how it is used, with every command in a line of its own", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    for (const [name, { says }] of COMMANDS)
      expect(out).toMatch(new RegExp(`^  ${name} +${says}$`, "m"));
    expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(await run("-h")).toEqual({ code, out, err: "" });
  });

  test("says its version", async () => {
    expect(await run("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  test.each(["bakcup", "--bakcup", "-x", "", "constructor"])(
    "ends with 2 and one sentence for %j, which is no command and no option",
    async (name) => {
      const { code, out, err } = await run(name);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^posthorn: there is no (command|option) "[^"]*" \(--help[^\n]+\)\n$/);
    },
  );

  test.each([...COMMANDS.keys()])(
    "%s says how it is used, and asks no broker",
    async (name) => {
      const { code, out } = await run(name, "--help");
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^posthorn ${name}\\b`));
    },
    LOADING_MS,
  );

  test.each([...COMMANDS.keys()])(
    "%s ends with 2 and one sentence for an option that it does not have",
    async (name) => {
      const { code, out, err } = await run(name, "--no-such-option");
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^posthorn: [^\n]+\n$/);
    },
  );
});
