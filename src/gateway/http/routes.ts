import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTP_BYTES_MAX } from "../../protocol/envelope.ts";
import { crossOrigin } from "./crossorigin.ts";
import { HEALTH_PATHS, healthAt, type Health } from "./health.ts";
import { admitsPage } from "./origins.ts";
import { problem, refuseRequest } from "./problem.ts";
import { token, type TokenDoor } from "./token.ts";
import { tokenNamed, WS_PATH } from "./upgrade.ts";
import { safely, webFiles } from "./web.ts";
import { webFile, type WebFolder } from "./webfolder.ts";

const TOKEN_PATH = "/v1/token";
/** The methods of each path; a page's files are read only. */
const METHODS = [
  ...HEALTH_PATHS.map((path) => [path, "GET, HEAD"] as const),
  [TOKEN_PATH, "POST"],
  [WS_PATH, "GET, HEAD"],
] as const;
const READ_ONLY = "GET, HEAD";

/** Everything that the routes need. */
export interface RoutesOptions extends TokenDoor {
  readonly gateway: { readonly draining: boolean };
  readonly health: () => Health;
  /** The page's folder; absent: none is served. */
  readonly web?: WebFolder | undefined;
}

/** Every path there is, but the WebSocket's handshake. */
export function routes(options: RoutesOptions): Hono {
  const app = new Hono();
  app.use(safely(options.web));
  for (const path of HEALTH_PATHS) app.get(path, (c) => sayHealth(c, path, options.health));
  const limit = bodyLimit({
    maxSize: HTTP_BYTES_MAX,
    onError: (c) => refuseRequest(c, 413, "http.body_too_large"),
  });
  if (options.issue !== undefined) app.use(TOKEN_PATH, crossOrigin(options.origins));
  app.post(TOKEN_PATH, limit, (c) => token(c, options));
  app.get(WS_PATH, (c) => sayWhy(c, options));
  for (const [path, allow] of METHODS) app.all(path, (c) => refuseMethod(c, allow));
  if (options.web !== undefined) servePage(app, options.web);
  app.notFound((c) => readable(refuseRequest(c, 404, "http.not_found")));
  app.onError((_error, c) => refuseRequest(c, 500, "internal"));
  return app;
}

function sayHealth(c: Context, path: string, health: () => Health): Response {
  const answer = healthAt(path, health);
  if (answer === undefined) return c.notFound() as Response;
  return c.body(answer.text, answer.status, { "Content-Type": answer.contentType });
}

/**
 * Answers what a handshake of the page at `origin` would be told: a browser shows a page nothing of a handshake's answer. The
 * question itself is answered well, or a browser would complain of it; a request that asks nothing is refused.
 */
function sayWhy(c: Context, options: RoutesOptions): Response {
  const asked = c.req.query();
  const [status, code] = verdict(asked, options);
  return readable(
    asked["origin"] === undefined ? refuseRequest(c, status, code) : c.json(problem(status, code)),
  );
}

function verdict(asked: Record<string, string>, { origins, gateway }: RoutesOptions) {
  const { origin } = asked;
  if (tokenNamed(Object.keys(asked))) return [400, "auth.token_in_url"] as const;
  if (origin !== undefined && !admitsPage(origins, origin)) return [403, "origin.refused"] as const;
  if (gateway.draining) return [503, "draining"] as const;
  return [400, "upgrade.refused"] as const;
}

/** Any page may read it: there is nothing in it that is not in the documents. */
function readable(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

function refuseMethod(c: Context, allow: string): Response {
  c.header("Allow", allow);
  return refuseRequest(c, 405, "http.method_not_allowed");
}

/** The page's files; another method than GET and HEAD is refused where there is a file. */
function servePage(app: Hono, web: WebFolder): void {
  app.get("*", webFiles(web));
  app.all("*", async (c, next) => {
    const isFile = !isRead(c) && (await webFile(web, c.req.path)) !== undefined;
    return isFile ? refuseMethod(c, READ_ONLY) : next();
  });
}

const isRead = ({ req }: Context): boolean => req.method === "GET" || req.method === "HEAD";
