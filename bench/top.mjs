// Memory of a server while something happens to it.
import { anonymousKib } from "./proc.mjs";

const LOOK_MS = 100;

/**
 * Looks at the server's RSS until it is asked. The part of it that files stand behind is read at the begin and at the end
 * only: that takes some 20 ms of the thread that measures, and holds up a server that maps memory meanwhile.
 * @param {import("./server.mjs").Server} server
 * @returns {() => number} ends the looking; the most that was seen, in MiB
 */
export function topMib(server) {
  const processes = server.processes();
  const ofFiles = () => server.residentKib() - anonymousKib(processes);
  const before = ofFiles();
  let top = anonymousKib(processes);
  const look = () => {
    top = Math.max(top, anonymousKib(processes));
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    look();
    return (top + Math.max(before, ofFiles())) / 1024;
  };
}

/**
 * Has something happen to the server, which is profiled meanwhile where that is wished for; says by how much it has grown.
 * @template T
 * @param {import("./server.mjs").Server} server
 * @param {() => Promise<T>} happens
 * @returns {Promise<[T, number]>} what it resolves to, and MiB
 */
export async function watched(server, happens) {
  const before = server.residentKib() / 1024;
  server.toggleProfile();
  const top = topMib(server);
  const result = await happens();
  const grownMib = top() - before;
  server.toggleProfile();
  return [result, grownMib];
}
