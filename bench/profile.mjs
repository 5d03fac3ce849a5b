// Loaded into each thread of the server's Node processes by `npm run bench -- --profile`. SIGUSR2
// starts the profilers, the next SIGUSR2 stops them and writes a file per thread: so a profile holds
// the measured window and nothing of the start.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";

const directory = process.env["BENCH_PROFILE_DIR"] ?? ".";
const session = new Session();
let count = 0;
let running = false;

// Only the main thread hears signals.
const others = new BroadcastChannel("bench-profile");
others.unref();
if (isMainThread)
  process.on("SIGUSR2", () => {
    others.postMessage("toggle");
    void toggle();
  });
else others.onmessage = () => void toggle();

async function toggle() {
  running = !running;
  if (running) {
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    return;
  }
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  count += 1;
  const file = `${process.pid}-thread-${threadId}-${count}.cpuprofile`;
  writeFileSync(join(directory, file), JSON.stringify(profile));
}
