import type { ClientEvents } from "./api.ts";

export type Emitter = ReturnType<typeof createEmitter>;

/** Typed events. A listener that throws is reported as an uncaught error; the others still hear. */
export function createEmitter() {
  const listeners = new Map<keyof ClientEvents, Set<(payload: never) => void>>();
  return {
    on<K extends keyof ClientEvents>(
      event: K,
      listener: (payload: ClientEvents[K]) => void,
    ): () => void {
      const heard = listeners.get(event) ?? new Set();
      listeners.set(event, heard.add(listener));
      return () => void heard.delete(listener);
    },
    emit<K extends keyof ClientEvents>(event: K, payload: ClientEvents[K]): void {
      for (const listener of listeners.get(event) ?? []) {
        try {
          listener(payload as never);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
