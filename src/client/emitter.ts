import type { ClientEvents } from "./api.ts";

type Listener<K extends keyof ClientEvents> = (payload: ClientEvents[K]) => void;
type Listeners = { [K in keyof ClientEvents]?: Set<Listener<K>> };

export type Emitter = ReturnType<typeof createEmitter>;

/** Typed events. A listener that throws is reported as an uncaught error; the others still hear. */
export function createEmitter() {
  const listeners: Listeners = {};
  return {
    on<K extends keyof ClientEvents>(event: K, listener: Listener<K>): () => void {
      const set = ((listeners[event] as Set<Listener<K>> | undefined) ??= new Set());
      (listeners as Record<K, Set<Listener<K>>>)[event] = set;
      set.add(listener);
      return () => void set.delete(listener);
    },
    emit<K extends keyof ClientEvents>(event: K, payload: ClientEvents[K]): void {
      for (const listener of (listeners[event] as Set<Listener<K>> | undefined) ?? []) {
        try {
          listener(payload);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
