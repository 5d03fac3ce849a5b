import type { ClientStorage } from "./storage.ts";

/** Keeps a device's state in the browser's database `name`: use one name per user. */
export function indexedDbStorage(name: string): ClientStorage {
  throw new Error(`not built yet: ${name}`);
}
