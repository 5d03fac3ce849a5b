import { readFile, readlink } from "node:fs/promises";

/** Where `/proc/<pid>/stat` says what (proc(5)), counted from behind the program's name, which may hold anything. */
const STATE = 0;
const START_TIME = 19;
/** A process that has ended, and that its parent has not asked about. */
const ENDED = new Set(["Z", "X"]);

/** A process as its kernel shows it. */
export type Sight =
  /** The moment at which it began, in ticks of the kernel. */
  | { readonly is: "there"; readonly began: string }
  /** There is none of that pid, or it has ended. */
  | { readonly is: "gone" }
  /** Nobody can tell: it is another user's and hidden (`hidepid`), or this process may open no more files. */
  | { readonly is: "hidden" };

/**
 * The place in which a pid names one process: a boot of a kernel, and a namespace of pids in it. Containers of one machine have several, and
 * a pid 1 each. Undefined where the system does not say: outside Linux, or for the moment.
 */
export async function placeOfPids(): Promise<string | undefined> {
  const boot = await unlessFailed(readFile("/proc/sys/kernel/random/boot_id", "utf8"));
  const pids = await unlessFailed(readlink("/proc/self/ns/pid"));
  return boot === undefined || pids === undefined ? undefined : `${boot.trim()} ${pids}`;
}

/** Looks at a process of this place. `proc`: where the kernel shows it; for specs. */
export async function sightOf(pid: number, proc = "/proc"): Promise<Sight> {
  const stat = await unlessFailed(readFile(`${proc}/${pid}/stat`, "utf8"));
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const { [STATE]: state = "", [START_TIME]: began } = fields;
  if (ENDED.has(state) || (began === undefined && !isNamed(pid))) return { is: "gone" };
  return began === undefined ? { is: "hidden" } : { is: "there", began };
}

/** Does the pid name a process? A signal that is none tells, also of one that is not shown. */
function isNamed(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Undefined: not read. */
const unlessFailed = (reading: Promise<string>): Promise<string | undefined> =>
  // The caller knows the meaning of a file that is missing, closed or not to be opened now.
  reading.catch(() => undefined);
