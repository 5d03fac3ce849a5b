import { readFileSync } from "node:fs";
import { join } from "node:path";

const TOP = join(import.meta.dirname, "../..");

/** Pieces of code, by their page and a word in them, with what a reader adds before a compiler takes them. */
const ADDED: Readonly<Record<string, (code: string) => string>> = {
  "client.md: useReading": (code) =>
    `import { useEffect } from "react";\nimport { useClient, useUnread } from "posthorn/react";\nexport ${code}`,
  "client.md: Notification": (code) => `${CLIENT}${code}`,
  "client.md: createGroup": (code) => `${CLIENT}declare const other: ChatClient;\n${code}`,
  "client.md: subscribe(draw)": (code) =>
    `${CLIENT}declare function render(...what: object[]): void;\n${code}\nend();`,
  "bot.md: createBot": (code) =>
    // The WebSocket of a browser's types stands for that of ws.
    `declare const process: { once(signal: string, then: () => void): void; exit(code: number): never };\n${code.replace(/^import .* from "ws".*\n/m, "")}`,
  "bot.md: /roll": (code) =>
    `import { createBot } from "posthorn/bot";\n${code.replace("…,", 'url: "wss://x/v1/ws", getToken: async () => "x", deviceId: "dice",')}`,
  "testing.md: createTestServer": (code) => code,
};
const CLIENT = `import type { ChatClient } from "posthorn/client";\ndeclare const client: ChatClient;\n`;

/** The types of vitest, of which an embedder's example needs no more than that it is there. */
const VITEST = `declare module "vitest" {
  export const afterEach: any, beforeEach: any, expect: any, test: any, vi: any;
}\n`;

/**
 * The code in the guides for apps and bots that stands for itself, as files that compile. The README's example, the guide's first app and
 * its program for Node have specs of their own.
 * @throws Error where a page no longer has a piece.
 */
export function documented(): Record<string, string> {
  const files: Record<string, string> = { "vitest.d.ts": VITEST };
  for (const [of, complete] of Object.entries(ADDED)) {
    const [page = "", mark = ""] = of.split(": ");
    const text = readFileSync(join(TOP, "docs", page), "utf8");
    const blocks = [...text.matchAll(/```(?:js|tsx?)\n([^]*?)```/g)].map(([, code = ""]) => code);
    const code = blocks.find((each) => each.includes(mark));
    if (code === undefined) throw new Error(`docs/${page} has no code with ${mark}`);
    files[`${of.replaceAll(/\W+/g, "-")}.ts`] = complete(code);
  }
  return files;
}
