import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Registry } from "prom-client";
import { addCounter, addGauge, alone } from "./figures.ts";

const MICROSECONDS = 1_000_000;
const MS = 1_000;
const KIB = 1_024;

/**
 * Adds the figures of the process itself, all of them read when somebody asks. prom-client's own set is not
 * used: it measures delays of the loop with a timer of its own, a hundred times a second.
 */
export function addProcess(registry: Registry, version: string): void {
  const gauge = (name: string, help: string, read: () => number | undefined): void =>
    addGauge(registry, { name, help, read: () => alone(read()) });
  const counter = (name: string, help: string, read: () => number): void =>
    addCounter(registry, { name, help, read: () => alone(read()) });
  addGauge(registry, {
    name: "posthorn_build_info",
    help: "1; the version is the label.",
    label: "version",
    read: () => [[version, 1]],
  });
  const startedAt = Date.now() / MS - process.uptime();
  gauge("process_start_time_seconds", "Seconds from 1970 to the start.", () => startedAt);
  const resident = "Resident memory, with the pages of the views' file: the kernel's cache.";
  gauge("process_resident_memory_bytes", resident, () => process.memoryUsage.rss());
  const own = "Resident memory without pages of files: what the process holds. Linux only.";
  gauge("posthorn_memory_anonymous_bytes", own, anonymousBytes);
  const heap = "Heap in use of the thread of sockets and actors.";
  gauge("nodejs_heap_size_used_bytes", heap, () => process.memoryUsage().heapUsed);
  counter("process_cpu_seconds_total", "CPU of all threads.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
  });
  const busy = "Time in which the thread of sockets and actors worked: its rate is its load.";
  counter("posthorn_main_thread_busy_seconds_total", busy, () => {
    return performance.eventLoopUtilization().active / MS;
  });
}

/** undefined: the system does not say. */
function anonymousBytes(): number | undefined {
  try {
    const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) * KIB;
  } catch {
    return undefined;
  }
}
