import { join } from "node:path";
import { TOP } from "../run.mjs";

/** Where the compiled server lies: below the checkout, so that it finds its packages. */
export const COMPILED = join(TOP, ".posthorn", "dev-server");

/**
 * Compiles the server without checking types, the second time in some 20 ms. The thread of the views
 * comes out as a file beside the program, as src/host/thread.ts looks for it.
 * @returns {Promise<{ compile: () => Promise<boolean>, end: () => Promise<void> }>} `compile`: false
 *   when it cannot; why is on the terminal then, and what was compiled before is still there.
 */
export async function compiler() {
  const { context } = await import("esbuild");
  const made = await context({
    entryPoints: [join(TOP, "src", "main.ts"), join(TOP, "src", "host", "worker.ts")],
    entryNames: "[name]",
    outdir: COMPILED,
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
  });
  return {
    compile: () =>
      made.rebuild().then(
        () => true,
        () => false,
      ),
    end: () => made.dispose(),
  };
}
