/** Paths by which a load balancer asks how the server is: they are answered when nothing else is. */
const LIVE_PATH = "/livez";
const READY_PATH = "/readyz";
/** The same as READY_PATH in the words of HAProxy's `http-check disable-on-404`: 404 is "no new connections, leave the open ones". */
const ADMIT_PATH = "/admitz";
export const HEALTH_PATHS: readonly string[] = [LIVE_PATH, READY_PATH, ADMIT_PATH];

/** Does the request's target ask how the server is? */
export const isHealth = (target: string): boolean => HEALTH_PATHS.includes(target);

/** How a process is at this moment. */
export interface Health {
  /** Does it take new work? */
  readonly ready: boolean;
  /** Conditions of being ready, by name. */
  readonly checks: Readonly<Record<string, boolean>>;
  /** Parts that do not work just now, and that traffic does without. */
  readonly degraded: readonly string[];
}

/** An answer to one who asks how the server is. */
export interface HealthAnswer {
  readonly status: 200 | 404 | 503;
  readonly contentType: string;
  readonly text: string;
}

/** The answer at a path; undefined: it is another path (docs/operations.md, Readiness). */
export function healthAt(path: string, health: () => Health): HealthAnswer | undefined {
  if (path === LIVE_PATH) return plain(200, "ok");
  if (!isHealth(path)) return undefined;
  const { ready, checks, degraded } = health();
  if (path === ADMIT_PATH) return ready ? plain(200, "ok") : plain(404, "no new connections");
  const text = JSON.stringify({ ready, ...checks, degraded });
  return { status: ready ? 200 : 503, contentType: "application/json", text };
}

const plain = (status: 200 | 404, text: string): HealthAnswer => ({
  status,
  contentType: "text/plain; charset=UTF-8",
  text,
});
