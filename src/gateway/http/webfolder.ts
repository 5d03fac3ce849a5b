import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

/** The folder whose files are served, and how long browsers may keep them. */
export interface WebFolder {
  readonly dir: string;
  /** The file that is served where there is none and the path looks like a page's; absent: 404. */
  readonly fallback?: string | undefined;
  /** Paths below which a file with a hash in its name never changes, as in `/assets/`. */
  readonly immutable: readonly string[];
  /** The Content-Security-Policy of its files; `none`: none is said, as they bring their own. Absent: the strict one. */
  readonly csp?: string | undefined;
}

/** A file that may be served. */
export interface WebFile {
  /** Without links. */
  readonly path: string;
  readonly etag: string;
  readonly cacheControl: string;
}

/** Files that begin with a dot are nobody's business, but those of RFC 8615. */
const WELL_KNOWN = ".well-known";
/** A name with a hash in it, as bundlers write it: `index-DiwrgTda.js`, `main.3f2a1b9c.css`. */
const HASHED = /[.-][\w-]{8,}\.\w+$/;
/** Paths of the server itself: no page is there, whatever the fallback. */
const OWN = /^\/v1(\/|$)/;
const YEAR_S = 365 * 24 * 3_600;

/** The file for a request's path, or the fallback; undefined: there is none that may be served. */
export async function webFile(folder: WebFolder, pathname: string): Promise<WebFile | undefined> {
  const names = namesIn(pathname);
  if (names === undefined || OWN.test(pathname)) return undefined;
  const found = await fileAt(folder, names);
  if (found !== undefined || folder.fallback === undefined) return found;
  const isPage = !(names.at(-1) ?? "").includes(".");
  return isPage ? fileAt(folder, [folder.fallback]) : undefined;
}

/** The names in a path, decoded once; undefined: it goes where nothing is served. */
function namesIn(pathname: string): string[] | undefined {
  // A slash that is written otherwise is a way around what stands before this server.
  if (/%2f|%5c|%00|\\/i.test(pathname)) return undefined;
  let names: string[];
  try {
    names = decodeURIComponent(pathname).split("/").slice(1);
  } catch {
    // No UTF-8, so no name of a file.
    return undefined;
  }
  if (names.at(-1) === "") names.pop();
  const isOpen = (name: string, i: number): boolean =>
    name !== "" && (!name.startsWith(".") || (i === 0 && name === WELL_KNOWN));
  return names.every(isOpen) ? names : undefined;
}

/** The file itself, or the `index.html` of a folder. Links are followed within the folder, and never out of it. */
async function fileAt(folder: WebFolder, names: readonly string[]): Promise<WebFile | undefined> {
  try {
    // The folder itself may be a link that is set to the next version.
    const root = await realpath(folder.dir);
    const named = await realpath(join(root, ...names));
    const path = (await stat(named)).isDirectory()
      ? await realpath(join(named, "index.html"))
      : named;
    if (!path.startsWith(root + sep)) return undefined;
    const now = await stat(path, { bigint: true });
    await access(path, constants.R_OK);
    if (!now.isFile()) return undefined;
    const parts = [now.size, now.mtimeNs, now.ctimeNs].map((part) => part.toString(36));
    return { path, etag: `W/"${parts.join("-")}"`, cacheControl: keeping(folder, names) };
  } catch {
    // Not there, not readable, a link to nowhere or to itself: all the same to a client.
    return undefined;
  }
}

function keeping({ immutable }: WebFolder, names: readonly string[]): string {
  const path = `/${names.join("/")}`;
  const isHashed = immutable.some((below) => path.startsWith(below)) && HASHED.test(path);
  return isHashed ? `public, max-age=${YEAR_S}, immutable` : "no-cache";
}

/** Does a client say that it has the file as it is now (RFC 9110, 13.1.2)? */
export const isKnown = (ifNoneMatch: string | undefined, { etag }: WebFile): boolean =>
  (ifNoneMatch ?? "").split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));

/** Weak and strong tags are the same here. */
const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
