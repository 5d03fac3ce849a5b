import { readFileSync } from "node:fs";

/** The most memory that a process has ever had, in bytes. */
export const peak = (pid: number): number =>
  1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
