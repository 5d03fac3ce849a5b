// npm run pack -- [folder]: makes the package of the client, posthorn-<version>.tgz, ready to publish. It
// is staged, because the checkout depends on all that a server needs, and the client on next to nothing.
import "./node.mjs";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { demandArguments } from "./demandarguments.mjs";
import { prepare } from "./prepare.mjs";
import { complain, run, StartError, TOP } from "./run.mjs";

const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
const read = (/** @type {string} */ name) => readFileSync(join(TOP, name), "utf8");

/** @typedef {import("./package/files.mjs").Manifest} Manifest */

/** The manifest of the package: that of the checkout, with the dependencies of these files alone. @param {Manifest} checkout @param {Set<string>} packages */
function manifest(
  { version, license, type, exports, engines, dependencies, ...checkout },
  packages,
) {
  const { peerDependencies, peerDependenciesMeta } = checkout;
  const own = [...packages].filter((name) => !(name in peerDependencies));
  const needed = own.map((name) => {
    const range = dependencies[name];
    if (range === undefined)
      throw new StartError(`the client uses ${name}, which is no dependency`);
    return [name, `^${range}`];
  });
  const description = "The client of Posthorn, a self-hosted chat backbone: browsers and Node.";
  const said = {
    name: "posthorn",
    version,
    description,
    license,
    type,
    sideEffects: false,
    engines,
  };
  const asked = {
    dependencies: Object.fromEntries(needed),
    peerDependencies,
    peerDependenciesMeta,
  };
  return { ...said, exports, ...asked };
}

/** The README's section on the client; its links lead into the checkout, so they become words. */
function readme() {
  const section = /^## Embed the client\n([^]*?)(?=^## )/m.exec(read("README.md"))?.[1] ?? "";
  return `# Posthorn: the client\n${section.replace(/\[([^\]]+)\]\((?!https?:)[^)]+\)/g, "$1")}`;
}

/** @param {string} target */
async function pack(target) {
  await prepare({ signal, say });
  // After that: it imports a package.
  const { closure } = await import("./package/files.mjs");
  const checkout = /** @type {Manifest} */ (JSON.parse(read("package.json")));
  const { files, packages } = closure(checkout.exports);
  mkdirSync(target, { recursive: true });
  const staged = mkdtempSync(join(target, "pack-"));
  try {
    for (const [name, text] of files) {
      mkdirSync(dirname(join(staged, name)), { recursive: true });
      writeFileSync(join(staged, name), text);
    }
    const own = manifest(checkout, packages);
    writeFileSync(join(staged, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
    writeFileSync(join(staged, "README.md"), readme());
    copyFileSync(join(TOP, "LICENSE"), join(staged, "LICENSE"));
    const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", target];
    const name = (await run("npm", args, { cwd: staged, signal })).trim();
    say(relative(process.cwd(), join(target, name)));
  } finally {
    rmSync(staged, { recursive: true });
  }
}

demandArguments(
  `npm run pack -- [FOLDER]    makes the package of the client

  FOLDER   where it goes (.posthorn)`,
  1,
);
pack(resolve(process.argv[2] ?? join(TOP, ".posthorn"))).catch(complain);
