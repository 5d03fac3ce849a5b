import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api, RECORDED } from "../../scripts/package/api.mjs";
import { documented } from "../support/documented.ts";
import { embed, type Embedder } from "../support/embedder.ts";

const TOP = join(import.meta.dirname, "../..");
const run = promisify(execFile);
let embedder: Embedder;
let project = "";
let installed = "";
beforeAll(async () => {
  embedder = await embed();
  project = embedder.project;
  installed = join(project, "node_modules", "posthorn");
});
afterAll(() => embedder?.remove());

const files = (): string[] =>
  readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));

describe("the package of the client", () => {
  test("has the modules that its entries lead to, with their types, and nothing else", () => {
    const odd = files().filter(
      (name) =>
        !/^dist\/(bot|client|protocol|rules|events|testing|ui|react|preact)\/[\w/]+\.(js|d\.ts)$/.test(
          name,
        ) && !["package.json", "README.md", "LICENSE"].includes(name),
    );
    expect(odd).toEqual([]);
    expect(files().filter((name) => /schema|internal|worker|gateway/.test(name))).toEqual([]);
  });

  test("is not outdone by npm pack, which takes no more of the checkout than these folders, and the bin that it always takes", async () => {
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json"], { cwd: TOP });
    const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
    const odd = packed?.files
      .map(({ path }) => path)
      .filter(
        (path) =>
          !/^dist\/(bot|client|protocol|events|rules|testing|ui|react|preact)\/.*\.(js|d\.ts)$/.test(
            path,
          ),
      );
    expect(odd?.toSorted()).toEqual(["LICENSE", "README.md", "dist/cli.js", "package.json"]);
  });

  test("[O8] brings the double of the server in one module, which needs nothing else", async () => {
    expect(
      files()
        .filter((name) => name.startsWith("dist/testing/"))
        .toSorted(),
    ).toEqual(["dist/testing/testing.d.ts", "dist/testing/testing.js"]);
    const program = `
      import { createChatClient } from "posthorn/client";
      import { createTestServer } from "posthorn/testing";
      const server = createTestServer();
      const alice = createChatClient(server.optionsFor("alice"));
      alice.on("message", async ({ message, live }) => {
        console.log(message.body, live);
        await alice.close();
        server.close();
      });
      let written;
      alice.subscribe(() => {
        if (alice.connection.state === "online")
          written ??= server.write({ from: "bob", to: "alice", body: "hello" });
      });
      alice.connect();`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], {
      cwd: project,
    });
    expect(stdout).toBe("hello true\n");
    expect(readFileSync(join(installed, "dist/testing/testing.js"), "utf8")).toContain(
      "MIT License",
    );
  });

  test("[O7] has nothing that publint or Are the types wrong find fault with", async () => {
    const { tarball } = embedder;
    // In CI they take the log for a screen with colours.
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };
    // Both end with 1 where they find something.
    const said = (name: string, ...args: string[]): Promise<string> =>
      run(process.execPath, [join(TOP, "node_modules", name), tarball, ...args], { env }).then(
        ({ stdout }) => stdout,
        ({ stdout, stderr }: { stdout: string; stderr: string }) => `wrong: ${stdout}${stderr}`,
      );
    expect(await said("publint/src/cli.js", "--strict")).toMatch(/All good!\s*$/);
    const types = await said("@arethetypeswrong/cli/dist/index.js", "--profile", "esm-only");
    expect(types).not.toMatch(/^wrong/);
    expect(types).toContain("posthorn/client/indexeddb");
  });

  test("[O7] refers to no source map, has none, and may be shaken by a bundler", () => {
    const read = (name: string): string => readFileSync(join(installed, name), "utf8");
    const modules = files().filter((name) => /\.(js|d\.ts)$/.test(name));
    expect(modules.filter((name) => read(name).includes("sourceMappingURL"))).toEqual([]);
    expect(files().filter((name) => name.endsWith(".map"))).toEqual([]);
    expect(JSON.parse(read("package.json"))).toMatchObject({ sideEffects: false });
  });

  test("has no bin: commands of operators belong to the server", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as object;
    expect(manifest).not.toHaveProperty("bin");
  });

  test("brings one small dependency, and no schema library with it", () => {
    const read = (name: string): string => readFileSync(join(installed, name), "utf8");
    expect(JSON.parse(read("package.json"))).toMatchObject({ dependencies: { idb: "^8.0.4" } });
    expect(files().filter((name) => /\bfrom "zod"|import\("zod"\)/.test(read(name)))).toEqual([]);
    expect(
      readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")),
    ).toEqual(["idb", "posthorn"]);
  });

  test("has a README whose links lead nowhere outside the package", () => {
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    expect(readme).toContain('from "posthorn/client"');
    expect(readme).not.toMatch(/\]\((?!https:)/);
  });

  test("runs in Node by the names of its entries", async () => {
    const program = `
      import { createBot } from "posthorn/bot";
      import { createChatClient, memoryStorage } from "posthorn/client";
      import { fileStorage } from "posthorn/client/file";
      import { indexedDbStorage } from "posthorn/client/indexeddb";
      import { REJECTIONS, VERSION } from "posthorn/protocol";
      const client = createChatClient({ url: "ws://127.0.0.1:9", getToken: async () => "" });
      console.log(client.connection.state, VERSION, REJECTIONS.rate_limited.retryable);
      console.log(...[createBot, memoryStorage, fileStorage, indexedDbStorage].map((each) => typeof each));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], {
      cwd: project,
    });
    expect(stdout).toBe("idle 1 true\nfunction function function function\n");
  });

  test("asks for React, Preact and its signals of those alone who draw with them", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as object;
    const optional = { optional: true };
    expect(manifest).toMatchObject({
      peerDependencies: { react: "^18.0.0 || ^19.0.0", preact: "^11.0.0" },
      peerDependenciesMeta: { react: optional, preact: optional, "@preact/signals": optional },
    });
  });
});

describe("an embedder's strict compiler", () => {
  const example = (): string =>
    /```ts\n([^]*?)```/.exec(readFileSync(join(TOP, "README.md"), "utf8"))?.[1] ?? "";
  const more = `
    import type { ChatMessage, ClientOptions, ClientStorage } from "posthorn/client";
    import { fileStorage } from "posthorn/client/file";
    import * as preact from "posthorn/preact";
    import * as react from "posthorn/react";
    import type { ClientFrame, ServerFrame } from "posthorn/protocol";
    import { REJECTIONS } from "posthorn/protocol";
    import { createTestServer, type TestServer } from "posthorn/testing";
    export const server: TestServer = createTestServer();
    const storage: ClientStorage = fileStorage("somewhere");
    export const options: Partial<ClientOptions> = { storage };
    export const body = ({ body }: ChatMessage): string => body;
    export const hello: ClientFrame["t"] = "hello";
    export const isEvent = (frame: ServerFrame): boolean => frame.t === "event";
    export const retryable: boolean = REJECTIONS.rate_limited.retryable;
    export const line = (): string | undefined => react.useChats().items[0]?.last?.body;
    export const isTyping = (): boolean => preact.useTyping("bob").value.length > 0;
    // @ts-expect-error: the types are there, so what is wrong is found
    export const none = (): string => react.usePresence("bob");
    // @ts-expect-error: the types are there, so what is wrong is found
    export const wrong: ClientFrame["t"] = "helo";`;
  /** The peers of an embedder who draws with them. */
  beforeAll(() =>
    embedder.lay([
      "@types/react",
      "csstype",
      "react",
      "preact",
      "@preact/signals",
      "@preact/signals-core",
    ]),
  );
  const compile = (module: string, moduleResolution: string): Promise<string> => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2022",
      lib: ["es2023", "dom"],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["*.ts"] }),
    );
    writeFileSync(join(project, "example.ts"), example());
    writeFileSync(join(project, "more.ts"), more);
    for (const [name, text] of Object.entries(documented()))
      writeFileSync(join(project, name), text);
    return run(join(TOP, "node_modules/.bin/tsc"), ["-p", project]).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  };

  test.each([
    ["esnext", "bundler"],
    ["nodenext", "nodenext"],
  ])(
    "takes the README's example, the code of the guides, and all entries, module %s, resolution %s",
    async (...modules) => {
      expect(example()).toContain("posthorn/client");
      expect(await compile(...modules)).toBe("");
    },
  );
});

test("the client declares what was reviewed", () => {
  expect(
    api(),
    "The client's API has changed. If that is meant: npm run record, look at the difference in " +
      "docs/api/client.d.ts as an embedder would, say it in CHANGELOG.md, and commit all three together.",
  ).toBe(readFileSync(RECORDED, "utf8"));
});
