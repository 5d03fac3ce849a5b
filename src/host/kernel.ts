import { readFile, readlink } from "node:fs/promises";

/** Where `/proc/<pid>/stat` says what (proc(5)), counted from behind the program's name, which may hold anything. */
const STATE = 0;
const START_TIME = 19;
/** A process that has ended, and that its parent has not asked about. */
const ENDED = new Set(["Z", "X"]);

/**
 * The place in which a pid names one process: a boot of a kernel, and a namespace of pids in it. Containers of one machine have several, and
 * a pid 1 each. Undefined where the system does not say: outside Linux.
 */
export async function placeOfPids(): Promise<string | undefined> {
  const boot = await unlessAbsent(readFile("/proc/sys/kernel/random/boot_id", "utf8"));
  const pids = await unlessAbsent(readlink("/proc/self/ns/pid"));
  return boot === undefined || pids === undefined ? undefined : `${boot.trim()} ${pids}`;
}

/** The moment at which a process of this place began, in ticks of its kernel; undefined: there is none of that pid, or it has ended. */
export async function beganOf(pid: number): Promise<string | undefined> {
  const stat = await unlessAbsent(readFile(`/proc/${pid}/stat`, "utf8"));
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ENDED.has(fields?.[STATE] ?? "") ? undefined : fields?.[START_TIME];
}

const unlessAbsent = (reading: Promise<string>): Promise<string | undefined> =>
  // The file is not there, or its process has gone while it was read.
  reading.catch(() => undefined);
