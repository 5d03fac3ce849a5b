// The most memory that a server takes while something happens to it.

const LOOK_MS = 100;

/**
 * Looks at the server's RSS until it is asked.
 * @param {import("./server.mjs").Server} server
 * @returns {() => number} ends the looking; the most that was seen, in MiB
 */
export function topMib(server) {
  let top = server.residentKib();
  const look = () => {
    top = Math.max(top, server.residentKib());
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    look();
    return top / 1024;
  };
}
