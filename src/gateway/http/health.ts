/** Paths by which a load balancer asks how the server is: they are answered when nothing else is. */
export const LIVE_PATH = "/livez";
export const READY_PATH = "/readyz";

/** Does the request's target ask how the server is? */
export const isHealth = (target: string): boolean => target === LIVE_PATH || target === READY_PATH;
