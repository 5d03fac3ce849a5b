import type { Logger } from "pino";

const nothing = (): void => undefined;

/** A log that nobody reads, and that needs no library. */
export const silentLog = {
  level: "silent",
  isLevelEnabled: () => false,
  child: () => silentLog,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
} as unknown as Logger;
