import type { Socket as Tcp } from "node:net";

const corked: Tcp[] = [];

/** All that one turn of the loop has for a connection goes out as one write. */
export function gather(tcp: Tcp): void {
  if (tcp.writableCorked > 0) return;
  tcp.cork();
  if (corked.push(tcp) === 1) setImmediate(release);
}

function release(): void {
  for (const tcp of corked.splice(0)) tcp.uncork();
}
