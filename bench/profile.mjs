// Loaded into the server's Node processes by `npm run bench -- --profile`. SIGUSR2 starts the
// profiler, the next SIGUSR2 stops it and writes the file: so a profile holds the measured window
// and nothing of the start.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";

const directory = process.env["BENCH_PROFILE_DIR"] ?? ".";
const session = new Session();
let count = 0;
let running = false;

process.on("SIGUSR2", () => void toggle());

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
  writeFileSync(join(directory, `${process.pid}-${count}.cpuprofile`), JSON.stringify(profile));
}
