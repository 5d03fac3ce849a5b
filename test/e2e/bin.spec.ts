import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startBroker } from "../support/broker.ts";

const TOP = join(import.meta.dirname, "../..");
const { bin, version } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8")) as {
  bin: { posthorn: string };
  version: string;
};
const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "bin-"));
const POSTHORN = join(dir, "posthorn");

/** As `npm link` does: a link of that name, to a file that may be run. */
beforeAll(() => {
  const file = join(TOP, bin.posthorn);
  chmodSync(file, 0o755);
  symlinkSync(file, POSTHORN);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The exit code and the two outputs of the program. */
const run = (...args: string[]) =>
  new Promise((done) =>
    execFile(POSTHORN, args, { cwd: dir }, (error, out, err) =>
      done({ code: error === null ? 0 : error.code, out, err }),
    ),
  );

test("posthorn, by its link, says its version, and how it is used when nothing is asked", async () => {
  expect(await run("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  expect(await run()).toEqual({
    code: 2,
    out: "",
    err: expect.stringMatching(/^posthorn COMMAND/),
  });
});

test("posthorn start runs Posthorn, and ends with 0 behind the drain when it is told to", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = { ...process.env, NATS_URL: broker.url, DATA_DIR: join(dir, "data"), PORT: "0" };
  const child = spawn(POSTHORN, ["start"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const exit = once(child, "exit");
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const [, url = ""] = /^Posthorn runs at (\S+)\n$/.exec(String(said)) ?? [];
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
});

test("posthorn start ends with 1 and the sentence of what is wrong", async () => {
  expect(await run("start", "--help")).toMatchObject({ code: 0 });
  const env = { PATH: process.env["PATH"], AUTH: "jtw" };
  const failed = new Promise((done) =>
    execFile(POSTHORN, ["start"], { env, cwd: dir }, (error, out, err) =>
      done({ code: error?.code, out, err }),
    ),
  );
  expect(await failed).toEqual({
    code: 1,
    out: "",
    err: expect.stringMatching(/^settings are wrong: AUTH[^\n]+\n$/),
  });
});

test("posthorn doctor says how many files may be open where they are too few, and ends with 1", async () => {
  const env = { PATH: process.env["PATH"], NATS_URL: "nats://127.0.0.1:1", DATA_DIR: dir };
  const failed = new Promise((done) =>
    execFile(
      "/bin/sh",
      ["-c", `ulimit -n 200; exec "$0" doctor`, POSTHORN],
      { env },
      (error, out) => done({ code: error?.code, out }),
    ),
  );
  expect(await failed).toEqual({
    code: 1,
    out: expect.stringMatching(
      /^FAIL {3}files {6}200 may be open, at least 256 are needed: raise ulimit -n\n/,
    ),
  });
});
