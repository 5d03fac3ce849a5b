import type { ClientEvents } from "./api.ts";

export type Emitter = ReturnType<typeof createEmitter>;

/** Typed events; each listener is called by {@link heard}. */
export function createEmitter() {
  const listeners = new Map<keyof ClientEvents, Set<(payload: never) => void>>();
  return {
    on<K extends keyof ClientEvents>(
      event: K,
      listener: (payload: ClientEvents[K]) => void,
    ): () => void {
      const those = listeners.get(event) ?? new Set();
      listeners.set(event, those.add(listener));
      return () => void those.delete(listener);
    },
    emit<K extends keyof ClientEvents>(event: K, payload: ClientEvents[K]): void {
      for (const listener of listeners.get(event) ?? []) heard(() => listener(payload as never));
    },
  };
}

/** Calls a listener. One that throws is reported as an uncaught error; the others still hear. */
export function heard(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
