import { serveStatic } from "@hono/node-server/serve-static";
import type { Context, MiddlewareHandler } from "hono";
import { isKnown, webFile, type WebFolder } from "./webfolder.ts";

/** The rights of the demo page: everything from here, nothing inline. */
const STRICT =
  "default-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'";

const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  // A page may open the window of an identity provider and hear from it.
  "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
};

/** One range of bytes. */
const PART = /^bytes=(?:\d+-\d*|-\d+)$/;

/** Puts the headers of safety on every answer; files may have a policy of their own. */
export const safely =
  (web: WebFolder | undefined): MiddlewareHandler =>
  async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    const policy = isFile(c) ? (web?.csp ?? STRICT) : STRICT;
    if (policy !== "none") c.header("Content-Security-Policy", policy);
  };

/** Serves a folder's files, and answers `304` where the client has one already. */
export const webFiles =
  (web: WebFolder): MiddlewareHandler =>
  async (c, next) => {
    const file = await webFile(web, c.req.path);
    if (file === undefined) return next();
    c.header("ETag", file.etag);
    c.header("Cache-Control", file.cacheControl);
    if (isKnown(c.req.header("if-none-match"), file)) return c.body(null, 304);
    if (!isPart(c)) c.req.raw.headers.delete("range");
    return serveStatic({ path: file.path })(c, next);
  };

/**
 * Is it a part that is asked for? Of several, of another unit and of a version that the client has, the whole file is the
 * answer (RFC 9110, 13.1.5 and 14.2): the tags of files are weak, and match none.
 */
const isPart = ({ req }: Context): boolean =>
  req.header("if-range") === undefined && PART.test(req.header("range") ?? "");

/** Only files have a tag. */
const isFile = (c: Context): boolean => c.res.headers.has("ETag");
