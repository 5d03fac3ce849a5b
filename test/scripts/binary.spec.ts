import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { binary, type Source } from "../../scripts/broker/binary.mjs";
import { verify } from "../../scripts/broker/release.mjs";
import { newEnough } from "../../scripts/broker/version.mjs";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "posthorn-binary-"));
  vi.stubEnv("NATS_SERVER", "");
  vi.stubEnv("PATH", `${dir}/path`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** A program that says it is a nats-server of this version. */
function fake(version: string, name: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}
const cache = (): string => join(dir, "cache");
const gives = (version: string): Source => ({
  name: `a source of ${version}`,
  boundMs: 5000,
  fetch: async (into) => fake(version, join("cache", into.slice(cache().length), "nats-server")),
});
const refuses: Source = {
  name: "a source that is away",
  boundMs: 5000,
  fetch: () => Promise.reject(new Error("not at hand")),
};
const get = (...sources: Source[]): Promise<string> =>
  binary({ cache: cache(), sources, say: () => undefined });

describe("the nats-server that is used", () => {
  test("is the one NATS_SERVER names", async () => {
    const path = fake("2.14.3", "mine");
    vi.stubEnv("NATS_SERVER", path);
    expect(await get()).toBe(path);
  });

  test("is never another one than NATS_SERVER names", async () => {
    vi.stubEnv("NATS_SERVER", fake("2.14.2", "mine"));
    await expect(get(gives("2.15.1"))).rejects.toThrow(
      "NATS_SERVER is nats-server 2.14.2: at least 2.14.3 is needed",
    );
    vi.stubEnv("NATS_SERVER", join(dir, "missing"));
    await expect(get(gives("2.15.1"))).rejects.toThrow(
      "NATS_SERVER names no nats-server that runs",
    );
  });

  test("is the one on PATH if that is new enough", async () => {
    vi.stubEnv("PATH", dir);
    const path = fake("2.15.0", "nats-server");
    expect(await get()).toBe(path);
    fake("2.10.27", "nats-server");
    expect(await get(gives("2.15.1"))).toBe(join(cache(), "nats-server"));
  });

  test("[O1] is fetched from the first source that has it, and the next time out of the cache", async () => {
    expect(await get(refuses, gives("2.11.0"), gives("2.15.1"))).toBe(join(cache(), "nats-server"));
    expect(await get(refuses)).toBe(join(cache(), "nats-server"));
    expect(readdirSync(cache())).toEqual(["nats-server"]);
  });

  test("is whole when several fetch it at once", async () => {
    const paths = await Promise.all([
      get(gives("2.15.1")),
      get(gives("2.15.2")),
      get(gives("2.15.3")),
    ]);
    expect(new Set(paths)).toEqual(new Set([join(cache(), "nats-server")]));
    expect(readFileSync(paths[0] ?? "", "utf8")).toMatch(
      /^#!\/bin\/sh\necho "nats-server: v2\.15\.\d"\n$/,
    );
    expect(readdirSync(cache())).toEqual(["nats-server"]);
  });

  test("when it cannot be had, the message lists what was tried and what to do", async () => {
    const failure = get(refuses, gives("2.9.10"));
    await expect(failure).rejects.toThrow(
      /a source that is away: not at hand\n.*2\.9\.10.*2\.14\.3/,
    );
    await expect(failure).rejects.toThrow("NATS_SERVER=");
    expect(readdirSync(cache())).toEqual([]);
  });
});

test("versions are compared as numbers", () => {
  expect(newEnough("2.14.3")).toBe(true);
  expect(newEnough("2.14.2")).toBe(false);
  expect(newEnough("2.9.99")).toBe(false);
  expect(newEnough("2.100.0")).toBe(true);
  expect(newEnough("3.0.0")).toBe(true);
});

describe("a release archive", () => {
  const bytes = new TextEncoder().encode("hello\n");
  const sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

  test("with the listed checksum is taken", () => {
    verify("a.tar.gz", bytes, `${"0".repeat(64)}  b.tar.gz\n${sum}  a.tar.gz\n`);
  });

  test("with another checksum, or none in the list, is refused", () => {
    expect(() => verify("a.tar.gz", bytes, `${"0".repeat(64)}  a.tar.gz\n`)).toThrow("SHA-256");
    expect(() => verify("a.tar.gz", bytes, `${sum}  b.tar.gz\n`)).toThrow("lists none");
  });
});
