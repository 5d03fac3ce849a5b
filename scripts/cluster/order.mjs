import { setTimeout as pause } from "node:timers/promises";
import { commandOf } from "../broker/pid.mjs";
import { complain, StartError, UsageError } from "../run.mjs";
import { cut, heal } from "./cuts.mjs";
import { HELP } from "./help.mjs";
import { folderOf, read } from "./state.mjs";
import { statusOf } from "./status.mjs";

/** A pause is for seconds: clients and hosts are to notice it. */
const PAUSE_S_MAX = 600;
/** A drain and a start take less. */
const BACK_MS = 90_000;
const LOOK_MS = 250;

/** @type {Readonly<Record<string, import("./state.mjs").How>>} */
const HOW = { "": "closed", "--silent": "silent", "--one-way": "one-way", "--slow": "slow" };
const KINDS = ["nats", "gateway", "actors", "projections"];

const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

/** Carries out an order of a second terminal. @param {string} order @param {string[]} rest */
export async function carryOut(order, rest) {
  try {
    await carry(order, rest);
  } catch (error) {
    complain(error);
  }
}

/** The orders: what each does, and how many words it takes at most. @type {Readonly<Record<string, [most: number, carries: (dir: string, rest: string[]) => unknown]>>} */
const ORDERS = {
  help: [0, () => say(HELP.trimEnd())],
  status: [0, status],
  kill: [1, (dir, [name = ""]) => process.kill(pidOf(dir, name), "SIGKILL")],
  pause: [2, (dir, [name = "", time = ""]) => stand(pidOf(dir, name), name, secondsOf(time))],
  restart: [1, (dir, [which = ""]) => restart(dir, which)],
  cut: [3, cutOff],
  heal: [2, (dir, [from, to]) => heal(dir, from, to)],
};

/** @param {string} order @param {string[]} rest */
async function carry(order, rest) {
  const [most, carries] = (Object.hasOwn(ORDERS, order) && ORDERS[order]) || [];
  if (most === undefined || carries === undefined)
    throw new UsageError(`there is no order ${JSON.stringify(order)} (--help tells more)`);
  const unknown = rest[most];
  if (unknown !== undefined)
    throw new UsageError(`there is no argument ${JSON.stringify(unknown)} (--help tells more)`);
  await carries(folderOf(process.env), rest);
}

/** @param {string} dir */
async function status(dir) {
  const { url, processes, ca, cuts } = read(dir);
  say(url);
  for (const line of await Promise.all(processes.map((each) => statusOf(each, ca)))) say(line);
  for (const each of cuts?.done ?? []) say(`cut: ${wordsOf(each)}`);
}

/** @param {import("./state.mjs").Done} cut */
const wordsOf = ({ from, to, how, connections }) =>
  `${from} ${how === "one-way" ? "to" : "and"} ${to}, ${how}: ${connections} connections when it was made`;

/** @param {string} dir @param {string[]} rest */
async function cutOff(dir, rest) {
  const flags = rest.filter((word) => word.startsWith("--"));
  const [from = "", to = "all", ...more] = rest.filter((word) => !word.startsWith("--"));
  const how = HOW[flags[0] ?? ""];
  if (how === undefined || flags.length > 1 || more.length > 0)
    throw new UsageError("say cut NAME [OTHER] [--silent | --one-way | --slow]");
  const known = [...read(dir).processes.map(({ name }) => name), "front", ...KINDS];
  const unknown = [from, to].find((name) => name !== "all" && !known.includes(name));
  if (unknown !== undefined || from === "all")
    throw new UsageError(`name one of ${known.join(", ")}`);
  say(`cut: ${wordsOf(await cut(dir, { from, to, how }))}`);
}

/** @param {number} pid @param {string} name @param {number} seconds */
async function stand(pid, name, seconds) {
  process.kill(pid, "SIGSTOP");
  say(`${name} is paused for ${seconds} s`);
  const goOn = () => {
    // It may have been killed meanwhile.
    if (isOurs(pid)) process.kill(pid, "SIGCONT");
    else say(`${name} has ended meanwhile`);
  };
  process.once("SIGINT", () => (goOn(), process.exit(130)));
  await pause(seconds * 1_000);
  goOn();
}

/** @param {string} dir @param {string} which */
async function restart(dir, which) {
  const names = which === "all" ? read(dir).processes.map(({ name }) => name) : [which];
  for (const name of names) {
    const before = pidOf(dir, name);
    process.kill(before, "SIGTERM");
    await ready(dir, name, before);
    say(`${name} is back`);
  }
}

/** @param {string} dir @param {string} name @param {number} before */
async function ready(dir, name, before) {
  for (const until = Date.now() + BACK_MS; Date.now() < until; await pause(LOOK_MS)) {
    const { processes, ca } = read(dir);
    const now = processes.find((each) => each.name === name);
    if (now?.pid && now.pid !== before && (await statusOf(now, ca)).includes("  ready")) return;
  }
  throw new StartError(`${name} is not ready after ${BACK_MS / 1_000} s: see its log`);
}

/** The pid of a process that runs. @param {string} dir @param {string} name @throws {StartError} */
function pidOf(dir, name) {
  const { processes } = read(dir);
  const found = processes.find((each) => each.name === name);
  if (found === undefined)
    throw new UsageError(`name one of ${processes.map((each) => each.name).join(", ")}`);
  if (found.pid === null || !isOurs(found.pid))
    throw new StartError(`${name} does not run just now`);
  return found.pid;
}

/** A pid alone may by now be somebody else's. @param {number} pid */
const isOurs = (pid) => /dist\/main\.js|nats\.conf|haproxy\.cfg/.test(commandOf(pid) ?? "");

/** @param {string} time @throws {StartError} */
function secondsOf(time) {
  const seconds = Number(/^(\d{1,4})s$/.exec(time)?.[1]);
  if (seconds >= 1 && seconds <= PAUSE_S_MAX) return seconds;
  throw new UsageError(`say for how long, as in 20s: from 1s to ${PAUSE_S_MAX}s`);
}
