import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { backup } from "../../src/cli/backup.ts";
import { restore } from "../../src/cli/restore.ts";
import type { Manifest } from "../../src/bundle/manifest.ts";
import type { Link } from "../../src/nats/connection.ts";
import type { Broker } from "../support/broker.ts";
import { commanded, type Ended } from "../support/command.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";

/** Runs `posthorn restore` at a broker. */
export const restored = (broker: Pick<Broker, "url">, ...args: string[]): Promise<Ended> =>
  commanded(restore, args, { NATS_URL: broker.url });

/** A backup of the broker as it is now. */
export async function bundleOf(broker: Pick<Broker, "url">): Promise<string> {
  const dir = join(folder(), "bundle");
  expect(await commanded(backup, [dir], { NATS_URL: broker.url })).toMatchObject({ code: 0 });
  return dir;
}

/** Changes the manifest of a backup. */
export function edit(dir: string, change: (manifest: Manifest) => object): void {
  const file = join(dir, "manifest.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  writeFileSync(file, JSON.stringify({ ...manifest, ...change(manifest) }));
}

/** Changes what the configuration of each stream in a backup says of it. */
export function note(dir: string, metadata: Readonly<Record<string, string>>): void {
  const noted = ({ config, ...piece }: Manifest["pieces"][number]) => ({
    ...piece,
    config: { ...config, metadata: { ...config.metadata, ...metadata } },
  });
  edit(dir, ({ pieces }) => ({ pieces: pieces.map(noted) }));
}

/** Everything that the broker says of its streams, but for the time. */
export async function streams({ nc }: Link): Promise<object[]> {
  const answer = await nc.request("$JS.API.STREAM.LIST", "", PATIENCE);
  const { streams: all } = answer.json<{ streams: { config: object; state: object }[] }>();
  return all.map(({ config, state }) => ({ config, state }));
}
