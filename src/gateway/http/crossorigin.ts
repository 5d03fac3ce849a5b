import type { Context, MiddlewareHandler } from "hono";
import { admitsPage } from "./origins.ts";

/** Seconds for which a browser need not ask again. */
const PREFLIGHT_S = 600;
const METHOD = "POST";

/**
 * Lets pages of allowed origins read what `POST /v1/token` answers, refusals too, and answers their preflights (Fetch, 3.3). Pages of other
 * origins are told nothing more than programs.
 */
export const crossOrigin =
  (origins: ReadonlySet<string>): MiddlewareHandler =>
  async (c, next) => {
    const origin = c.req.header("origin");
    const isAllowed = origin !== undefined && admitsPage(origins, origin);
    if (isAllowed && isPreflight(c)) c.res = preflight(c);
    else await next();
    if (isAllowed) c.header("Access-Control-Allow-Origin", origin);
    // A cache must not hand one origin's answer to another.
    c.header("Vary", "Origin");
  };

const isPreflight = ({ req }: Context): boolean =>
  req.method === "OPTIONS" && req.header("access-control-request-method") === METHOD;

const preflight = (c: Context): Response =>
  c.body(null, 204, {
    "Access-Control-Allow-Methods": METHOD,
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": `${PREFLIGHT_S}`,
  });
