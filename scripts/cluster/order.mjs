import { setTimeout as pause } from "node:timers/promises";
import { commandOf } from "../broker/pid.mjs";
import { complain, StartError } from "../run.mjs";
import { folderOf, read } from "./state.mjs";
import { statusOf } from "./status.mjs";

const HELP = `npm run cluster                       starts the cluster
npm run cluster -- status             a line for each process
npm run cluster -- kill NAME          SIGKILL; it is started again
npm run cluster -- pause NAME 20s     SIGSTOP, and SIGCONT after that time
npm run cluster -- restart NAME|all   SIGTERM, one after the other, each when the one before is ready again
`;
/** A pause is for seconds: clients and hosts are to notice it. */
const PAUSE_S_MAX = 600;
/** A drain and a start take less. */
const BACK_MS = 90_000;
const LOOK_MS = 250;

const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

/** Carries out an order of a second terminal. @param {string} order @param {string[]} rest */
export async function carryOut(order, rest) {
  try {
    await carry(order, rest);
  } catch (error) {
    complain(error);
  }
}

/** @param {string} order @param {string[]} rest */
async function carry(order, [name = "", time = ""]) {
  const dir = folderOf(process.env);
  if (order === "help" || order === "--help" || order === "-h") return void say(HELP.trimEnd());
  if (order === "status") return status(dir);
  if (order === "kill") return void process.kill(pidOf(dir, name), "SIGKILL");
  if (order === "pause") return stand(pidOf(dir, name), name, secondsOf(time));
  if (order === "restart") return restart(dir, name);
  throw new StartError(`there is no order ${JSON.stringify(order)}:\n${HELP.trimEnd()}`);
}

/** @param {string} dir */
async function status(dir) {
  const { url, processes } = read(dir);
  say(url);
  for (const line of await Promise.all(processes.map(statusOf))) say(line);
}

/** @param {number} pid @param {string} name @param {number} seconds */
async function stand(pid, name, seconds) {
  process.kill(pid, "SIGSTOP");
  say(`${name} is paused for ${seconds} s`);
  const goOn = () => process.kill(pid, "SIGCONT");
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
    const now = read(dir).processes.find((each) => each.name === name);
    if (now?.pid && now.pid !== before && (await statusOf(now)).includes("  ready")) return;
  }
  throw new StartError(`${name} is not ready after ${BACK_MS / 1_000} s: see its log`);
}

/** The pid of a process that runs. @param {string} dir @param {string} name @throws {StartError} */
function pidOf(dir, name) {
  const { processes } = read(dir);
  const found = processes.find((each) => each.name === name);
  if (found === undefined)
    throw new StartError(`name one of ${processes.map((each) => each.name).join(", ")}`);
  // A pid alone may by now be somebody else's.
  if (found.pid === null || !/dist\/main\.js|nats\.conf/.test(commandOf(found.pid) ?? ""))
    throw new StartError(`${name} does not run just now`);
  return found.pid;
}

/** @param {string} time @throws {StartError} */
function secondsOf(time) {
  const seconds = Number(/^(\d{1,4})s$/.exec(time)?.[1]);
  if (seconds >= 1 && seconds <= PAUSE_S_MAX) return seconds;
  throw new StartError(`say for how long, as in 20s: from 1s to ${PAUSE_S_MAX}s`);
}
