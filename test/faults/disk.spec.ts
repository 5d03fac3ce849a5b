import { randomBytes } from "node:crypto";
import { rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { App } from "../support/app.ts";
import { device, type Device } from "../support/device.ts";
import { server, until } from "./support.ts";

const fileOf = ({ dir }: App): string => join(dir, "views", "MAILBOX_0", "data.mdb");

let asked = 0;
/** The texts of bob's chat with alice, as the views have them; undefined while they do not answer. */
async function history(bob: Device): Promise<string[] | undefined> {
  const ref = `question ${++asked}`;
  bob.say({ t: "history", ref, peer: "alice" });
  const { result } = await bob.until((frame) => frame["ref"] === ref);
  return result?.messages.map(({ body }: { body: string }) => body);
}

async function readiness(app: App): Promise<unknown> {
  const response = await fetch(`${app.url}/readyz`);
  return { status: response.status, ...((await response.json()) as object) };
}

/** A server with a chat of three messages. */
async function chat(): Promise<{ app: App; alice: Device; bob: Device }> {
  const app = await server();
  const [alice, bob] = [await device(app, "alice"), await device(app, "bob")];
  for (const body of ["one", "two", "three"]) {
    alice.say({
      t: "send",
      cid: `a.${["one", "two", "three"].indexOf(body) + 1}`,
      to: "bob",
      body,
    });
    await bob.until((frame) => frame["event"]?.body === body);
  }
  await until(async () => (await history(bob))?.length === 3);
  return { app, alice, bob };
}

test.each<[string, (file: string) => void]>([
  ["cut in half", (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
  ["overwritten", (file) => writeFileSync(file, randomBytes(statSync(file).size))],
])("a server whose views were %s says so, and builds them anew", async (_, damage) => {
  const { app } = await chat();
  await app.kill();
  damage(fileOf(app));
  await app.restart();
  expect(app.log()).toContain("views are damaged: dropped, they are built anew");
  const bob = await device(app, "bob");
  expect(await history(bob)).toEqual(["one", "two", "three"]);
});

test("a server whose views are removed has them back by itself, and messages go on", async () => {
  const { app, alice, bob } = await chat();
  const { pid } = app;
  rmSync(join(app.dir, "views"), { recursive: true });
  alice.say({ t: "send", cid: "a.4", to: "bob", body: "four" });
  await bob.until((frame) => frame["event"]?.body === "four");
  await until(async () => {
    expect(await readiness(app)).toMatchObject({ status: 200, ready: true });
    return (await history(bob))?.length === 4;
  });
  expect(app.log()).toContain("views are of no use any more: dropped, they are built anew");
  expect(app.pid).toBe(pid);
});
