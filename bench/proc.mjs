// The server's processes as Linux sees them. Everything is read from /proc, so that measuring
// costs the server nothing.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Ticks per second in /proc/<pid>/stat: USER_HZ, which Linux keeps at 100 for user space. */
const TICKS = 100;

/** @typedef {{ pid: number, parent: number, name: string, cpu: number }} Proc `cpu`: seconds. */

/**
 * One process, or undefined when it has ended.
 * @param {number} pid
 * @returns {Proc | undefined}
 */
function proc(pid) {
  const text = readWhileAlive(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(")");
  // Counted from the field behind the name, which is the third: state, ppid, …, utime, stime.
  const fields = text.slice(end + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const name = text.slice(text.indexOf("(") + 1, end);
  return { pid, parent: Number(fields[1]), name, cpu: ticks / TICKS };
}

/**
 * A process and everything that descends from it, as it is now.
 * @param {number} root
 * @returns {Proc[]}
 */
export function tree(root) {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => proc(Number(name)) ?? []);
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/**
 * CPU seconds spent between two looks at a tree.
 * @param {Proc[]} before
 * @param {Proc[]} after
 * @throws Error when a process has ended in between: its time is lost, and so is the figure.
 */
export function cpuBetween(before, after) {
  const spent = new Map(after.map(({ pid, cpu }) => [pid, cpu]));
  for (const { pid, name, cpu } of before) {
    const now = spent.get(pid);
    if (now === undefined) throw new Error(`server process ${name} (${pid}) ended under load`);
    spent.set(pid, now - cpu);
  }
  return [...spent.values()].reduce((sum, cpu) => sum + cpu, 0);
}

/**
 * How long the first thread of a process has been ready and had no core, in ms.
 * @param {number} pid
 */
export function waitedMs(pid) {
  const [, waited] = (readWhileAlive(`/proc/${pid}/task/${pid}/schedstat`) ?? "").split(" ");
  return Number(waited ?? 0) / 1e6;
}

/**
 * Resident memory of some processes together, in KiB, without the mapped files of the views: their pages
 * are the kernel's cache, which takes them back when anybody needs the room.
 * @param {Proc[]} procs
 */
export function residentKib(procs) {
  return procs.reduce((sum, { pid }) => {
    const status = readWhileAlive(`/proc/${pid}/status`) ?? "";
    return sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) - viewsKib(pid);
  }, 0);
}

/**
 * Resident memory of some processes that no file stands behind, in KiB: what grows, and is read in some µs.
 * @param {Proc[]} procs
 */
export function anonymousKib(procs) {
  return procs.reduce((sum, { pid }) => {
    const status = readWhileAlive(`/proc/${pid}/status`) ?? "";
    return sum + Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  }, 0);
}

/** @param {number} pid */
const viewsKib = (pid) => viewsKibIn(readWhileAlive(`/proc/${pid}/smaps`) ?? "");

/**
 * Resident pages of a process that are of the views' files, one for each stream, in KiB. Pure.
 * @param {string} smaps
 */
export function viewsKibIn(smaps) {
  let kib = 0;
  for (const [, size] of smaps.matchAll(/\/data\.mdb\n(?:\w+:.*\n)*?Rss:\s+(\d+) kB/g))
    kib += Number(size);
  return kib;
}

/**
 * The program a process runs, as a path.
 * @param {Proc} process
 */
export const executable = ({ pid }) => readlinkSync(`/proc/${pid}/exe`);

/** @param {Proc} process */
export const isBroker = (process) => basename(executable(process)).startsWith("nats-server");

/** How many files this process, and what it starts, may hold open. */
export function openFilesMax() {
  const limit = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(
    readFileSync("/proc/self/limits", "utf8"),
  )?.[1];
  return limit === "unlimited" ? Infinity : Number(limit);
}

/** @param {string} path */
function readWhileAlive(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
