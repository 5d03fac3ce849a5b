import { once } from "node:events";
import { createServer } from "node:net";

/** Below what systems give to connections that go out (Linux from 32768, macOS from 49152). */
const FROM = 20_000;
/** A cluster with all its ways takes 65. */
const BLOCK = 100;
const BLOCKS = 120;

/** The next port of this process's block, and the one behind the block's last. */
let next = 0;
let end = 0;
/** Of a block, by whoever needs a port meanwhile. @type {Promise<void> | undefined} */
let claiming;

/**
 * A port of the loopback that nobody has at the moment, and that is given neither to this process again nor to another one
 * while this one lives: it can be used later, and by a server that is killed and started again. One that the system picks
 * could be given to somebody's connection meanwhile.
 */
export async function freePort() {
  for (let i = 0; i < BLOCK * BLOCKS; i++) {
    while (next === end) await (claiming ??= claim());
    const port = next++;
    const probe = await listener(port);
    if (probe === undefined) continue;
    await once(probe.close(), "close");
    return port;
  }
  throw new Error(`no free port from ${FROM} to ${FROM + BLOCK * BLOCKS}`);
}

/** Makes a block of ports this process's: its first is held as long as the process lives. */
async function claim() {
  const start = Math.floor(Math.random() * BLOCKS);
  for (let i = 0; i < BLOCKS; i++) {
    const first = FROM + ((start + i) % BLOCKS) * BLOCK;
    const holder = await listener(first);
    if (holder === undefined) continue;
    holder.unref();
    [next, end] = [first + 1, first + BLOCK];
    claiming = undefined;
    return;
  }
  throw new Error(`no free block of ports from ${FROM} on`);
}

/** A server at the port that lets nobody in; undefined: somebody else is there. @param {number} port */
async function listener(port) {
  const server = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
  return once(server, "listening").then(
    () => server,
    () => undefined,
  );
}
