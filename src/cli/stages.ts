/** Words about something that takes long, on stderr: at most one in so long a time. */
const EVERY_MS = 5_000;

/** Says what is being done, and now and then how far it has come. */
export class Stages {
  #saidAt = performance.now();

  say(text: string): void {
    process.stderr.write(`${text}\n`);
    this.#saidAt = performance.now();
  }

  /** `bytes` of `of` are done. */
  reach(name: string, bytes: number, of?: number): void {
    this.now(`${name}: ${amountOf(bytes)}${of === undefined ? "" : ` of ${amountOf(of)}`} …`);
  }

  /** Something goes on: it is said now and then. */
  now(text: string): void {
    if (performance.now() - this.#saidAt >= EVERY_MS) this.say(text);
  }
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes in words: `1.5 MiB`. */
export function amountOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
