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
    if (performance.now() - this.#saidAt < EVERY_MS) return;
    this.say(`${name}: ${amountOf(bytes)}${of === undefined ? "" : ` of ${amountOf(of)}`} …`);
  }
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes in words: `1.5 MiB`. */
export function amountOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
