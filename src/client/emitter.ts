import type { ClientEvents } from "./api.ts";

export type Emitter = ReturnType<typeof createEmitter>;

/** Typed events; each listener is called by {@link heard}, and its failure told as an `error` event, `listener.failed`. */
export function createEmitter() {
  const listeners = new Map<keyof ClientEvents, Set<(payload: never) => unknown>>();
  function emit<K extends keyof ClientEvents>(event: K, payload: ClientEvents[K]): void {
    // A listener of errors that fails is not told of its own failure, again and again.
    const failed = (error: unknown): void => {
      if (event !== "error")
        emit("error", { code: "listener.failed", message: `${event}: ${String(error)}` });
    };
    for (const listener of listeners.get(event) ?? [])
      heard(() => listener(payload as never), failed);
  }
  return {
    emit,
    on<K extends keyof ClientEvents>(
      event: K,
      listener: (payload: ClientEvents[K]) => unknown,
    ): () => void {
      const those = listeners.get(event) ?? new Set();
      listeners.set(event, those.add(listener));
      return () => void those.delete(listener);
    },
  };
}

/**
 * Calls a listener. One that throws, or whose promise is rejected, is reported and `failed`; the others still hear,
 * and the client goes on.
 */
export function heard(
  tell: () => unknown,
  failed: (error: unknown) => void = () => undefined,
): void {
  // An async function, so that what is thrown later is caught, too.
  (async () => tell())().catch((error: unknown) => {
    report(error);
    failed(error);
  });
}

/** Shows an app its own error: as an uncaught one to a browser; Node would end for that, so there on the console. */
function report(error: unknown): void {
  // oxlint-disable-next-line no-console -- the place where a program looks for what nobody has caught
  const { reportError = console.error } = globalThis as Partial<typeof globalThis>;
  reportError(error);
}
