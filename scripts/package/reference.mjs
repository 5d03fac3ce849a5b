import { readFileSync } from "node:fs";
import { join } from "node:path";
import { API, SymbolFlags } from "typescript/unstable/sync";
import { TOP } from "../run.mjs";
import { Declarations } from "./declared.mjs";

/** @typedef {import("typescript/unstable/sync").Project} Project */
/** @typedef {import("./declared.mjs").Declared} Declared */
/** @typedef {Declared & { id: number }} Exported */
/** @typedef {{ name: string, exported: Exported[] }} Entry */

/** Where the reference lies. */
export const REFERENCE = join(TOP, "docs", "client-reference.md");

/** The entry whose frames docs/protocol.md describes. */
const WIRE = "./protocol";

const HEAD = `# Reference of the client's package

This page lists what each entry of the package exports. It is written by \`npm run record\` from the types and their comments in \`src/\`: change those,
not this page. The guide is [client.md](client.md); the bare declarations are [api/client.d.ts](api/client.d.ts).
`;
const TAIL = `
## posthorn/protocol

Types of every frame, and codes and limits as values: [protocol.md](protocol.md) says how they are used, [api/client.d.ts](api/client.d.ts) lists them.
`;

/** The exports of each entry, and the words of their comments. @returns {Entry[]} */
export function entries() {
  const compiler = new API({ cwd: TOP });
  try {
    const snapshot = compiler.updateSnapshot({ openProject: join(TOP, "tsconfig.build.json") });
    const [project] = snapshot.getProjects();
    if (project === undefined) throw new Error("tsconfig.build.json is no project");
    return sources().map(({ name, file }) => ({ name, exported: exportsOf(project, file) }));
  } finally {
    compiler.close();
  }
}

/** The sources of the entries that package.json names, in its order. */
function sources() {
  const { exports } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8"));
  return Object.keys(exports).flatMap((entry) => {
    if (entry === WIRE || typeof exports[entry] === "string") return [];
    const file = exports[entry].default.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts");
    return [{ name: entry.replace(/^\./, "posthorn"), file }];
  });
}

/** @param {Project} project @param {string} file @returns {Exported[]} */
function exportsOf(project, file) {
  const { checker, program } = project;
  const source = program.getSourceFile(join(TOP, file));
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} exports nothing`);
  const declarations = new Declarations(project);
  return checker
    .getExportsOfModule(module)
    .map((each) => (each.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each))
    .map((each) => ({ id: each.id, ...declarations.of(each) }))
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** Functions come first, then classes, then types. @param {Exported} exported */
function rank({ signature }) {
  if (signature.startsWith("class ")) return 1;
  return /^(interface|type) /.test(signature) ? 2 : 0;
}

/** The page, of what the entries export. @param {readonly Entry[]} from */
export function reference(from) {
  /** @type {Map<number, string>} */
  const shown = new Map();
  const parts = from.map(({ name, exported }) => {
    const sections = exported.map((each) => {
      const before = shown.get(each.id);
      shown.set(each.id, before ?? name);
      return before === undefined ? section(each) : again(each, before);
    });
    return `\n## ${name}\n${sections.join("")}`;
  });
  return HEAD + parts.join("") + TAIL;
}

/** @param {Declared} declared */
function section({ name, signature, words, members }) {
  const list = members.map((each) => `* \`${each.signature}\`: ${each.words}\n`).join("");
  return `\n### ${name}\n\n\`\`\`ts\n${signature}\n\`\`\`\n\n${words}\n${list && `\n${list}`}`;
}

/** An export that an entry above has, too. @param {Declared} declared @param {string} entry */
const again = ({ name }, entry) =>
  `\n### ${name}\n\nIt is that of [${entry}](#${entry.replace(/\W/g, "")}).\n`;
