import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureOf } from "../../src/host/failure.ts";
import { StartError } from "../../src/start-error.ts";
import { folder } from "../support/folder.ts";

const thrown = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

test("[O5] a folder in which no views can be kept is told in one sentence, and a bug with its stack", () => {
  const file = join(folder(), "none", "boot");
  expect(failureOf(thrown(() => writeFileSync(file, "")))).toBe(
    `the views in DATA_DIR cannot be kept: ENOENT: no such file or directory, open '${file}'`,
  );
  expect(failureOf(new StartError("DATA_DIR is in use"))).toBe("DATA_DIR is in use");
  expect(failureOf(new TypeError("no rows"))).toMatch(/^TypeError: no rows\n\s+at .*failure\.spec/);
  const network = Object.assign(new Error("connect ECONNREFUSED"), { syscall: "connect" });
  expect(failureOf(Object.assign(network, { address: "::1" }))).toContain("\n");
});
