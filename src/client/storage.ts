/** placeholder */
export interface ClientStorage {
  close(): Promise<void>;
}
export function memoryStorage(): ClientStorage {
  return { close: () => Promise.resolve() };
}
