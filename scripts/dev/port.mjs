import { once } from "node:events";
import { createServer } from "node:net";

/** Below what systems give to connections that go out (Linux from 32768, macOS from 49152). */
const FROM = 20_000;
const TO = 32_000;
const TRIES = 100;

/** Where this process looks next. */
let next = FROM + Math.floor(Math.random() * (TO - FROM));

/**
 * A port of the loopback that nobody has at the moment, and that this process was not given before. One that the system
 * picks could be given to somebody's connection between this answer and the first use, or while a server is restarted.
 */
export async function freePort() {
  for (let i = 0; i < TRIES; i++) {
    const port = next;
    next = port + 1 < TO ? port + 1 : FROM;
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among ${TRIES} from ${FROM} to ${TO}`);
}

/** @param {number} port */
async function isFree(port) {
  const probe = createServer().listen(port, "127.0.0.1");
  const listens = await once(probe, "listening").then(
    () => true,
    () => false,
  );
  if (listens) await once(probe.close(), "close");
  return listens;
}
