import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chromium } from "../../scripts/chromium.mjs";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "chromium-"));
  vi.stubEnv("CHROMIUM", "");
  vi.stubEnv("PATH", dir);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

function program(name: string, text = ""): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("the Chromium of the browser specs", () => {
  test("is the one CHROMIUM names, else the first on PATH", async () => {
    const found = program("google-chrome");
    expect(await chromium()).toBe(found);
    vi.stubEnv("CHROMIUM", "mine");
    expect(await chromium()).toBe("mine");
  });

  test("is installed where we are root and have apt", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(0);
    const log = join(dir, "log");
    program("apt-get", `echo "$@" >> ${log}; : > ${dir}/chromium; /bin/chmod +x ${dir}/chromium`);
    expect(await chromium()).toBe(join(dir, "chromium"));
    expect(readFileSync(log, "utf8")).toBe("update\ninstall -y --no-install-recommends chromium\n");
  });

  test("is asked for where it cannot be installed", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    program("apt-get");
    await expect(chromium()).rejects.toThrow("CHROMIUM=");
  });

  test("is not there when apt fails, and the last thing apt said is the reason", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(0);
    program("apt-get", "echo no network; exit 100");
    await expect(chromium()).rejects.toThrow(
      "Chromium cannot be installed: apt-get update: no network",
    );
  });
});
