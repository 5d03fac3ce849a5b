import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLOSES, REJECTIONS } from "../src/protocol/codes.ts";
import { code, files, imports, lines, TOP, under } from "./tidy/files.ts";
import { argumentCounts } from "./tidy/text.ts";

const LINES_MAX = 250;

/** The imports that each folder may have: the first row that fits a file holds; everything else is refused. */
const DIRECTION: { from: RegExp; may: RegExp; why: string }[] = [
  { from: /^src\/events\//, may: /^(src\/events\/|zod$)/, why: "the language stands alone" },
  // A hash is a pure function, too; no file that the client imports has one.
  {
    from: /^src\/rules\/(resume|groupid)\.ts$/,
    may: /^node:crypto$/,
    why: "a hash of what is handed in",
  },
  { from: /^src\/rules\//, may: /^src\/(events|rules)\//, why: "pure rules over events" },
  {
    from: /^src\/protocol\//,
    may: /^(src\/(events|protocol)\/|zod$)/,
    why: "the language of clients stands alone",
  },
  {
    from: /^src\/actors\//,
    may: /^(src\/(events|rules|protocol|actors)\/|immer$|pino$)/,
    why: "pure, and ports",
  },
  {
    from: /^src\/audit\//,
    may: /^src\/(events|rules|actors|audit)\/|^node:crypto$/,
    why: "holds the log against the actors' rules",
  },
  {
    from: /^src\/projections\//,
    may: /^(src\/(events|rules|protocol|projections)\/|src\/(outage|seldom)\.ts$|lmdb$|pino$|node:)/,
    why: "folds events into a store",
  },
  {
    from: /^src\/gateway\//,
    may: /^(src\/(events|rules|protocol|gateway)\/|src\/outage\.ts$|ws$|hono|@hono\/|jose$|zod$|pino$|node:)/,
    why: "never opens an event, never decides",
  },
  {
    from: /^src\/bot\//,
    may: /^src\/(events|rules|protocol|client|bot)\//,
    why: "a program that uses the client",
  },
  {
    from: /^src\/client\//,
    may: /^(src\/(events|rules|protocol|client)\/|idb$|node:)/,
    why: "runs in a browser",
  },
  {
    from: /^src\/bundle\//,
    may: /^(src\/bundle\/|src\/folder\.ts$|zod$|node:)/,
    why: "a folder of files, whoever fills it",
  },
  {
    from: /^src\/testing\//,
    may: /^src\/((events|rules|protocol|actors|projections|gateway|config|client|testing)\/|nats\/names\.ts$)|^pino$/,
    why: "the server's own rules, over memory",
  },
  {
    from: /^src\/ui\//,
    may: /^src\/(client\/(client|error)\.ts$|ui\/)/,
    why: "draws nothing, and sees no more of the client than an app does",
  },
  {
    from: /^src\/react\//,
    may: /^(src\/(client\/client\.ts$|ui\/)|react$)/,
    why: "hooks, over what every app sees of the client",
  },
  {
    from: /^src\/preact\//,
    may: /^(src\/(client\/client\.ts$|ui\/)|preact|@preact\/signals$)/,
    why: "hooks, over what every app sees of the client",
  },
  {
    from: /^src\/nats\//,
    may: /^(src\/(events|rules|protocol|nats)\/|src\/\w+\/ports\.ts$|src\/(start-error|seldom)\.ts$|@nats-io\/|pino$|zod$|node:)/,
    why: "the only folder that knows the broker",
  },
  { from: /^src\/((roles|host|cli|config)\/)?[^/]+$/, may: /^(?!@nats-io\/)/, why: "wires" },
  {
    from: /^web\//,
    may: /^(web\/|src\/client\/(client|storage\/indexeddb)\.ts$|src\/preact\/|preact|@preact\/|vite$)/,
    why: "uses what an app has: the client and its hooks",
  },
  {
    from: /^bench\//,
    may: /^(bench\/|scripts\/|src\/(events|protocol|client)\/|@nats-io\/transport-node$|ws$|hdr-histogram-js$|node:)/,
    why: "is outside",
  },
  { from: /^demo\//, may: /^(demo\/|src\/client\/|ws$|node:)/, why: "uses the client" },
  {
    from: /^scripts\/(build|dev)\//,
    may: /^(scripts\/|src\/serve\.ts$|esbuild$|vite$|node:)/,
    why: "builds the program, and runs it and the page from source",
  },
  {
    from: /^scripts\/package\//,
    may: /^(scripts\/|esbuild$|typescript\/unstable\/(ast|sync)$|zod$|node:)/,
    why: "looks at what is built, and at the types that it is built of",
  },
  {
    from: /^scripts\/mutants/,
    may: /^(scripts\/|vite$|vitest\/node$|node:)/,
    why: "runs the specs with a change in the code",
  },
  { from: /^scripts\//, may: /^(scripts\/|node:)/, why: "runs before anything is installed" },
  { from: /^test\//, may: /./, why: "may see everything" },
];

describe("the tree", () => {
  test("has imports in one direction only", () => {
    const wrong = code.flatMap((file) => {
      const row = DIRECTION.find(({ from }) => from.test(file.name));
      return imports(file)
        .filter((target) => !row?.may.test(target))
        .map((target) => `${file.name} imports ${target}, but: ${row?.why}`);
    });
    expect(wrong).toEqual([]);
  });

  test("has no file that outgrew a screenful of ideas", () => {
    const long = code
      .map(({ name, text }) => ({ name, count: text.split("\n").length - 1 }))
      .filter(({ count }) => count > LINES_MAX);
    expect(long).toEqual([]);
  });

  test("has no drawer for odds and ends", () => {
    const folder = /(^|\/)(utils?|common|core|helpers?|lib|misc|shared)\//;
    const file =
      /^(utils?|common|types?|helpers?|index|managers?|services?|handlers?|info|data|process)\.(tsx?|mjs)$/;
    const odd = code.filter(({ name }) => folder.test(name) || file.test(basename(name)));
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  test("reads the environment in one place", () => {
    const elsewhere = under("src", "web").filter(
      ({ name }) => !/^src\/(config\/config|main|cli)\.ts$/.test(name),
    );
    expect(lines(elsewhere, /\bprocess\.env\b/)).toEqual([]);
  });

  test("names messages and lanes in one module", () => {
    const elsewhere = under("src").filter(({ name }) => name !== "src/nats/names.ts");
    expect(lines(elsewhere, /`[a-z]:\$\{|`\$\{[\w.]+\}>\$\{/)).toEqual([]);
  });

  test("[L2] builds subjects in one module", () => {
    const elsewhere = under("src").filter(({ name }) => name !== "src/nats/subjects.ts");
    const subject =
      /`\$?(fact|copy|activity|presence|signal|gateway|group|view|KV|JS|SRV)\.[^`]*\$\{/;
    expect(lines(elsewhere, subject)).toEqual([]);
  });
});

describe("the text", () => {
  test("names no path of one machine", () => {
    const path = /(^|[\s"'`(=:])\/(home|Users|root|tmp|work|farm)\/[\w.]/;
    expect(lines(files, path)).toEqual([]);
  });

  test("names no package registry", () => {
    expect(lines(files, /registry\.npm[j]s|deb\.debia[n]|proxy\.golan[g]|pypi\.or[g]/)).toEqual([]);
  });

  test("promises nothing for later", () => {
    const elsewhere = files.filter(({ name }) => name !== "test/tidy.spec.ts");
    expect(lines(elsewhere, /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  test("swallows no error without saying why", () => {
    const swallowed = /^(?!.*\/\/).*(catch \{\}|\.catch\(\(\) => (\{\}|undefined)\))/;
    const silent = under("src", "web").flatMap(({ name, text }) =>
      text
        .split("\n")
        .filter((line, i, all) => swallowed.test(line) && !/^\s*(\/\/|\*)/.test(all[i - 1] ?? ""))
        .map((line) => `${name}: ${line.trim()}`),
    );
    expect(silent).toEqual([]);
  });

  test("of a spec waits for a condition, never for a time", () => {
    const specs = under("test").filter(({ name }) => /(?<!tidy)\.spec\.tsx?$/.test(name));
    expect(lines(specs, /(?<![.\w])(setTimeout|sleep|delay|pause)\(/)).toEqual([]);
  });

  test("of a spec says how long it waits: vitest's own second is too short on a busy machine", () => {
    const hasty = under("test").filter(({ text }) =>
      ["vi.waitFor", "vi.waitUntil"].some((name) => argumentCounts(text, name).includes(1)),
    );
    expect(hasty.map(({ name }) => name)).toEqual([]);
    expect(argumentCounts("f(() => g(1, 2)); f(\n  [1, 2],\n  { a: 1 },\n);", "f")).toEqual([1, 2]);
  });
});

describe("the documents", () => {
  const documents = files.filter(({ name }) => name.endsWith(".md"));
  const anchors = (text: string): string[] =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-"),
    );

  test("link to files and headings that exist", () => {
    const broken = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
          const [path = "", anchor] = target.split("#");
          const file = path === "" ? name : join(dirname(name), path);
          if (!existsSync(join(TOP, file))) return true;
          if (anchor === undefined || statSync(join(TOP, file)).isDirectory()) return false;
          return !anchors(readFileSync(join(TOP, file), "utf8")).includes(anchor);
        })
        .map((target) => `${name}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("explain every code a client may be told", () => {
    const protocol = documents.find(({ name }) => name === "docs/protocol.md")?.text ?? "";
    const codes = [
      ...Object.keys(REJECTIONS),
      ...Object.values(CLOSES).map((close) => `${close.code}`),
    ];
    expect(codes.filter((each) => !protocol.includes(`\`${each}\``))).toEqual([]);
  });
});

test("the lockfile has the packages of every platform, so that npm ci takes it everywhere", () => {
  const { packages } = JSON.parse(readFileSync(join(TOP, "package-lock.json"), "utf8")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  );
  const there = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  expect(wanted.filter((name) => !there.has(name))).toEqual([]);
});
