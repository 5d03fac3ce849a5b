import type { Happening } from "./connection.ts";

/** Listens to a browser's hints, until the end that is returned; elsewhere there is nothing to hear. */
export function hookUp(happen: (happening: Happening) => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const hooks = new AbortController();
  const online = (): void => happen({ type: "woken" });
  const shown = (): void => {
    if (document.visibilityState === "visible") happen({ type: "woken" });
  };
  window.addEventListener("online", online, hooks);
  document.addEventListener("visibilitychange", shown, hooks);
  return () => hooks.abort();
}
