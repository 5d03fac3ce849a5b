import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startApp } from "../../support/app.ts";
import { device } from "../../support/device.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import { answer } from "../../support/siege.ts";

const TOP = join(import.meta.dirname, "../../..");
/** The least that is started with, of which 128 are left to the program itself (src/host/files.ts). */
const FILES = 256;

/** The output of the command, allowed so many open files; it must end by itself. */
async function said(script: string, files: number): Promise<string> {
  const command = `ulimit -n ${files}; exec "$0" "$1"`;
  const child = spawn("/bin/sh", ["-c", command, process.execPath, join(TOP, script)], {
    env: { ...process.env, PORT: "0" },
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (out += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(1);
  return out;
}

test.each([24, 40, 64, FILES - 1])(
  "with %i open files the start says in one sentence how many are needed",
  async (files) => {
    const sentence = `at least ${FILES} open files are needed, and only ${files} are allowed: raise ulimit -n\n`;
    expect(await said("dist/main.js", files)).toBe(sentence);
    expect(await said("scripts/start.mjs", files)).toBe(`posthorn: ${sentence}`);
  },
);

test("connections beyond the open files are refused, and those that are there go on", async () => {
  const many = { CONNECTIONS_PER_ADDRESS: "1000", GREETING_PER_ADDRESS: "1000" };
  const app = await startApp(many, { files: FILES });
  const [ann, ben] = [await device(app, "ann"), await device(app, "ben")];
  let n = 0;
  const chat = async (): Promise<void> => {
    const body = `still here ${++n}`;
    const arrives = ben.until(({ event }) => event?.body === body);
    await answer(ann, { t: "send", cid: `c.${n}`, to: "ben", body });
    await arrives;
  };
  const port = Number(new URL(app.url).port);
  const open = new Set<Socket>();
  for (let i = 0; i < FILES; i++) {
    const tcp = connect({ port, host: "127.0.0.1" });
    open.add(tcp);
    tcp.on("error", () => undefined).once("close", () => open.delete(tcp));
    await once(tcp, "connect");
  }
  await expect.poll(() => open.size).toBeLessThanOrEqual(FILES - 128);
  await chat();
  const errors = (): string[] =>
    app
      .log()
      .split("\n")
      .filter((line) => line.includes('"level":50'));
  expect(errors()).toEqual([expect.stringContaining("connections refused: raise ulimit -n")]);
  // The share of the log and the views is left to them.
  await app.broker.restart();
  await chat();
  for (const tcp of open) tcp.destroy();
  await expect.poll(() => open.size).toBe(0);
  const back = await vi.waitUntil(() => device(app, "cat").catch(() => undefined), PATIENCE_MS);
  await chat();
  expect(errors()).toHaveLength(1);
  await Promise.all([ann, ben, back].map((each) => each.close()));
  await app.stop();
});
