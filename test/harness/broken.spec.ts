import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOP } from "../../scripts/run.mjs";
import { BUILDS } from "./broken/builds.mjs";

test.each(
  Object.entries(BUILDS).flatMap(([name, { changes }]) =>
    changes.map(({ file, text }) => [name, file, text] as const),
  ),
)("the broken build %s changes what stands once in %s", (_, file, text) => {
  expect(readFileSync(join(TOP, "src", `${file}.ts`), "utf8").split(text)).toHaveLength(2);
});
