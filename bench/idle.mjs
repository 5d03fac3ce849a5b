// Many sockets that do nothing: what they cost in memory, and in CPU for their heartbeats.
import { setTimeout as sleep } from "node:timers/promises";
import { arrive, each, leave, tokenFor } from "./people.mjs";
import { cpuBetween } from "./proc.mjs";
import { median } from "./tally.mjs";

const SAMPLE_MS = 1000;

/**
 * One round: every user connects, then nobody says anything for the window.
 * @param {import("./people.mjs").Bench} bench
 * @param {number} sockets
 * @returns {Promise<Record<string, number>>}
 */
export async function idle(bench, sockets) {
  const { server } = bench;
  const names = Array.from({ length: sockets }, (_, i) => `${bench.name}-${i}`);
  const baselineKib = server.residentKib();
  const tokens = await each(names, (name) => tokenFor(server.url, name));
  const startedAt = performance.now();
  const people = names.map((name, i) => ({ name, token: tokens[i] ?? "" }));
  const devices = await each(people, ({ name, token }) => arrive(bench, name, { token }));
  const connecting = (performance.now() - startedAt) / 1000;

  const before = server.processes();
  const samples = [];
  for (let left = bench.seconds * 1000; left > 0; left -= SAMPLE_MS) {
    await sleep(Math.min(left, SAMPLE_MS), undefined, { signal: bench.signal });
    samples.push(server.residentKib());
  }
  const cpu = cpuBetween(before, server.processes());
  const open = devices.filter((device) => device.open).length;
  if (open < sockets) throw new Error(`${sockets - open} of ${sockets} sockets did not stay open`);
  await leave(bench, devices);

  const residentKib = median(samples);
  return {
    kibPerSocket: residentKib / sockets,
    grownKibPerSocket: (residentKib - baselineKib) / sockets,
    baselineMib: baselineKib / 1024,
    rssMib: residentKib / 1024,
    connectsPerSecond: sockets / connecting,
    idleCores: cpu / bench.seconds,
  };
}
