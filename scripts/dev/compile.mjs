import { join } from "node:path";
import { TOP } from "../run.mjs";

/** Where the compiled server lies: below the checkout, so that it finds its packages. */
export const COMPILED = join(TOP, ".posthorn", "dev-server");

/**
 * Compiles the server as the build does, again and again: what has not changed is not read again.
 * @returns {Promise<{ compile: () => Promise<boolean>, end: () => Promise<void> }>} `compile`: false
 *   when it cannot; why is on the terminal then, and what was compiled before is still there.
 */
export async function compiler() {
  const { context } = await import("esbuild");
  const { furnish, program } = await import("../build/program.mjs");
  furnish(COMPILED);
  const made = await context(program(COMPILED));
  return {
    compile: () =>
      made.rebuild().then(
        () => true,
        () => false,
      ),
    end: () => made.dispose(),
  };
}
