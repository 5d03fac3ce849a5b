import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.mjs";

/**
 * A Debian archive, as apt's configuration names it.
 * @typedef {object} Archive
 * @property {string} uri
 * @property {string} [signedBy] Path of the keyring; absent: the keys apt trusts anyway.
 */

/** More mirrors than this are not tried. */
const ARCHIVES_MAX = 3;

/**
 * The text of all sources files of this machine, by name.
 * @param {AbortSignal} signal
 * @returns {Promise<{ file: string, text: string }[]>}
 */
export async function machineSources(signal) {
  const keys = ["LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d"];
  const shell = await run("apt-config", ["shell", ...keys], { signal });
  const named = (/** @type {string} */ key) => new RegExp(`^${key}='(.*)'$`, "m").exec(shell)?.[1];
  const list = named("LIST") ?? "";
  const parts = named("PARTS") ?? "";
  const inParts = existsSync(parts)
    ? readdirSync(parts)
        .toSorted()
        .map((name) => join(parts, name))
    : [];
  return [list, ...inParts]
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
    .map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

/**
 * The Debian archives in them, each once, in order: where a newer suite of the same mirror may lie.
 * Security archives and suites without a `main` are left out.
 * @param {{ file: string, text: string }[]} sources
 * @returns {Archive[]}
 */
export function archives(sources) {
  const entries = sources.flatMap(({ file, text }) =>
    file.endsWith(".sources") ? deb822(text) : oneLine(text),
  );
  const fitting = entries.filter(
    ({ uri, suites, components }) =>
      /^(https?|file|mirror\S*):/.test(uri) &&
      components.includes("main") &&
      suites.some((suite) => !/-security|\/updates/.test(suite)),
  );
  const unique = new Map(fitting.map(({ uri, signedBy }) => [uri.replace(/\/+$/, ""), signedBy]));
  return [...unique]
    .map(([uri, signedBy]) => (signedBy === undefined ? { uri } : { uri, signedBy }))
    .slice(0, ARCHIVES_MAX);
}

/** `deb [signed-by=/a/keyring] uri suite component …` @param {string} text */
function oneLine(text) {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = "", uri = "", suite = "", components = ""] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri, suites: [suite], components: words(components), signedBy }];
  });
}

/** Stanzas of `Field: value`, continued by indented lines; `#` begins a comment line. @param {string} text */
function deb822(text) {
  const bare = text.replaceAll(/^#.*\n?/gm, "");
  return bare.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (/** @type {string} */ name) =>
      new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "im").exec(stanza)?.[1]?.trim();
    if (!words(field("Types")).includes("deb") || field("Enabled")?.toLowerCase() === "no")
      return [];
    const key = field("Signed-By");
    return words(field("URIs")).map((uri) => ({
      uri,
      suites: words(field("Suites")),
      components: words(field("Components")),
      // Written out instead of named, a key is indented text: it can be passed on as it stands.
      signedBy: key,
    }));
  });
}

const words = (text = "") => text.split(/\s+/).filter((word) => word !== "");
