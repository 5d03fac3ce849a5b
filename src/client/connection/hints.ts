import type { Happening } from "./connection.ts";

/** Listens to a browser's hints, until the end that is returned; elsewhere there is nothing to hear. */
export function hookUp(happen: (happening: Happening) => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const hooks = new AbortController();
  const network = (): void => happen({ type: "network", there: navigator.onLine });
  const shown = (): void => {
    if (document.visibilityState === "visible") happen({ type: "woken" });
  };
  window.addEventListener("online", network, hooks);
  window.addEventListener("offline", network, hooks);
  document.addEventListener("visibilitychange", shown, hooks);
  if (!navigator.onLine) network();
  return () => hooks.abort();
}
