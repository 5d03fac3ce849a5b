// The cluster from a fresh clone to one address: brokers, streams, processes of each role, and a balancer before the gateways.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { binary } from "../broker/binary.mjs";
import { NO_LOGIN } from "../broker/nologin.mjs";
import { writable } from "../folder.mjs";
import { hold } from "../lock.mjs";
import { demandOptions } from "../demandarguments.mjs";
import { prepare } from "../prepare.mjs";
import { onPath, run, StartError, TOP } from "../run.mjs";
import { say, stay } from "../stay.mjs";
import { Balancer } from "./balancer.mjs";
import { confOf } from "./brokerconf.mjs";
import { authorityIn, makeCertificates } from "./certificates.mjs";
import { behind, haproxyPart } from "./front.mjs";
import { brokerSettings, layOut, settingsOf, streamSettings } from "./layout.mjs";
import { Member } from "./member.mjs";
import { optionsIn } from "./options.mjs";
import { allReady } from "./readiness.mjs";
import { makeSecrets } from "./secrets.mjs";
import { folderOf, forget, write } from "./state.mjs";
import { statusOf } from "./status.mjs";
import { Wire } from "./wire.mjs";
import { Wires } from "./wires.mjs";

/** The balancer has seen every gateway within this, or serves those that it has seen. */
const ADMITTED_MS = 120_000;
const LOOK_MS = 200;

/** @typedef {{ member: Member, health: string }} Part */

/**
 * @param {import("./layout.mjs").Broker} broker
 * @param {import("./layout.mjs").Layout} layout
 * @param {{ path: string, secrets: string, changed: () => void }} how
 * @returns {Part}
 */
function brokerPart(broker, layout, { path, secrets, changed }) {
  const { name, dir, monitor } = broker;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, "nats.conf");
  writeFileSync(file, confOf(broker, layout, secrets), { mode: 0o600 });
  const member = new Member({ name, dir, command: path, args: ["-c", file] }, changed);
  const scheme = layout.certificates === undefined ? "http" : "https";
  return { member, health: `${scheme}://127.0.0.1:${monitor}/healthz` };
}

/** @param {import("./layout.mjs").Role} role @param {NodeJS.ProcessEnv} env @param {() => void} changed @returns {Part} */
function rolePart({ name, dir, admin }, env, changed) {
  const args = [join(TOP, "dist", "main.js")];
  const member = new Member({ name, dir, command: process.execPath, args, env }, changed);
  return { member, health: `http://127.0.0.1:${admin}/readyz` };
}

/** @param {string | undefined} text @throws {StartError} */
function portFrom(text) {
  if (!text) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new StartError("PORT is a number from 1 to 65535");
}

/**
 * Makes the streams, as the broker's administrator: the roles may not.
 * @param {import("./layout.mjs").Layout} layout
 * @param {{ secrets: string, env: NodeJS.ProcessEnv }} from
 * @param {AbortSignal} signal
 */
async function makeStreams(layout, { secrets, env }, signal) {
  const admin = { NATS_USER: "admin", NATS_PASSWORD_FILE: join(secrets, "admin-password") };
  await run(process.execPath, [join(TOP, "dist", "cli.js"), "init"], {
    signal,
    env: { ...streamSettings(env), ...NO_LOGIN, ...brokerSettings(layout), ...admin },
  });
}

/** Makes the certificates of those that others connect to. Returns that of the authority, in PEM. @param {string} dir @param {import("./layout.mjs").Layout} layout */
function certify(dir, { brokers, roles }) {
  const gateways = roles.filter(({ port }) => port !== undefined);
  makeCertificates(
    dir,
    [...brokers, ...gateways].map(({ name }) => name),
  );
  return readFileSync(authorityIn(dir), "utf8");
}

/** @param {import("./layout.mjs").Layout} layout */
const layWires = ({ ways }) =>
  Promise.all(ways.map(async (way) => ({ ...way, wire: await Wire.lay(way.target, way.port) })));

/** Says where it runs. @param {import("./state.mjs").State} state @param {string} dir */
async function announce({ url, processes, ca }, dir) {
  for (const line of await Promise.all(processes.map((each) => statusOf(each, ca)))) say(line);
  say(`\nThe cluster runs at ${url} (data and logs: ${dir}; Ctrl-C stops it)`);
  say(`\n  Alice: ${url}/?as=alice\n  Bob:   ${url}/?as=bob\n`);
  say("Orders from a second terminal: npm run cluster -- help");
}

/** Resolves when the balancer has seen that every gateway is ready; one that is late is left to its later looks. @param {Balancer} balancer @param {AbortSignal} signal */
async function admitted(balancer, signal) {
  const until = Date.now() + ADMITTED_MS;
  while (!balancer.admitsAll && Date.now() < until) await pause(LOOK_MS, undefined, { signal });
}

/** @param {Part[]} parts @returns {import("./state.mjs").Running[]} */
const runningOf = (parts) =>
  parts.map(({ member: { name, pid = null }, health }) => ({ name, pid, health }));

/**
 * HAProxy where it is installed, else a balancer of this process.
 * @param {import("./layout.mjs").Layout} layout
 * @param {{ dir: string, ca: string | undefined, changed: () => void, start: (parts: Part[]) => Promise<void>, life: import("../stay.mjs").Life }} cluster
 */
async function putInFront(layout, { dir, ca, changed, start, life: { signal, undo } }) {
  const haproxy = onPath("haproxy");
  if (haproxy !== undefined) return start([haproxyPart(haproxy, dir, layout, changed)]);
  const gateways = behind(layout).map(({ port }) => port);
  const balancer = new Balancer(layout.front, gateways, ca);
  undo.push(() => balancer.stop());
  await balancer.start();
  await admitted(balancer, signal);
}

/**
 * The cluster as it is wished for, with the certificate of its authority where it has one.
 * @param {string} dir
 * @param {ReturnType<typeof optionsIn>} options
 * @param {NodeJS.ProcessEnv} env
 */
async function planned(dir, { cuts, tls, sizes }, env) {
  const certificates = tls ? join(dir, "tls") : undefined;
  const partitions = Number(streamSettings(env).PARTITIONS);
  const front = portFrom(env["PORT"]);
  const layout = await layOut(dir, { front, cuts, sizes, certificates, partitions });
  return { layout, ca: certificates && certify(certificates, layout) };
}

const options = demandOptions(optionsIn);
await stay(async (life) => {
  const { signal, undo } = life;
  await prepare({ signal, say });
  const { env } = process;
  const dir = writable(folderOf(env), "DATA_DIR");
  undo.push(hold(join(dir, "lock")));
  const { layout, ca } = await planned(dir, options, env);
  const secrets = join(dir, "secrets");
  makeSecrets(secrets);
  const path = await binary({ say, signal });
  const url = `http://127.0.0.1:${layout.front}`;

  /** @type {Part[]} */
  const parts = [];
  const state = () => ({ url, processes: runningOf(parts), ca, cuts: wires?.state });
  const changed = () => write(dir, state());
  undo.push(() => forget(dir));
  const wires = options.cuts ? new Wires(dir, await layWires(layout), changed) : undefined;
  undo.push(() => wires?.stop());
  process.on("exit", () => parts.forEach(({ member }) => member.kill()));
  /** @param {Part[]} more */
  const start = async (more) => {
    parts.push(...more);
    for (const { member } of more) member.start();
    undo.push(() => Promise.all(more.map(({ member }) => member.stop())));
    await allReady(more, { ca, signal, say });
  };

  say("nats-servers …");
  await start(layout.brokers.map((each) => brokerPart(each, layout, { path, secrets, changed })));
  say("streams …");
  await makeStreams(layout, { secrets, env }, signal);
  say("roles …");
  await start(
    layout.roles.map((each) => rolePart(each, settingsOf(each, layout, { secrets, env }), changed)),
  );
  await putInFront(layout, { dir, ca, changed, start, life });
  // Processes that stop need their ways.
  undo.push(() => wires?.mend());
  life.signal.throwIfAborted();
  await announce(state(), dir);
});
