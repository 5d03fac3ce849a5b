import { describe, expect, test } from "vitest";
import { circles } from "./circles.ts";
import { code, under } from "./files.ts";
import { basenames, exportsOf, shared, unexpected } from "./names.ts";

/** File names that several folders have, by the reason for it; the list only gets shorter. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  "every folder declares the ports that it uses": ["ports.ts"],
  "a topic has its frames, and somebody who serves it": [
    "chats.ts",
    "client.ts",
    "error.ts",
    "history.ts",
    "marks.ts",
    "presence.ts",
    "sessions.ts",
    "signals.ts",
    "status.ts",
  ],
  "a word of the log, and one who works with it": [
    "activity.ts",
    "conversation.ts",
    "entry.ts",
    "fact.ts",
    "receipts.ts",
    "session.ts",
  ],
  "a role runs the thing that it is called after": ["gateway.ts", "projections.ts"],
  "the folder says of what": [
    "connection.ts",
    "judge.ts",
    "snapshots.ts",
    "limits.ts",
    "log.ts",
    "questions.ts",
    "routes.ts",
    "routing.ts",
    "step.ts",
    "turns.ts",
  ],
};

/** Names that several modules export, by the reason for it; the list only gets shorter. */
const EXPORTS: Readonly<Record<string, readonly string[]>> = {
  "a port is called as what fulfils it, in every folder that uses it": [
    "DeadLetters",
    "Mailboxes",
    "Signals",
    "World",
    "deadLetters",
  ],
  "the same hooks, for each library": [
    "ChatProvider",
    "Messages",
    "useChats",
    "useClient",
    "useConnection",
    "useMessage",
    "useMessages",
    "usePresence",
    "useTyping",
    "useUnread",
  ],
  "pure cores are made alike: what happens, a step, its effects": [
    "Effect",
    "Happening",
    "Parts",
    "Step",
    "judge",
    "step",
  ],
  "a role runs the thing that it is called after": ["Gateway", "Projections"],
  "the same thing, as it looks from here and from there": [
    "Checkpoint",
    "Link",
    "Owner",
    "Session",
    "seqOf",
  ],
};

describe("an import", () => {
  test("closes no circle, not even one of types", () => {
    expect(circles(code)).toEqual([]);
  });

  test("that closes a circle is told, with all that lies in it", () => {
    const file = (name: string, target: string) => ({
      name,
      text: `import type { A } from "${target}";`,
    });
    const files = [
      file("src/a.ts", "./b.ts"),
      file("src/b.ts", "./c.ts"),
      file("src/c.ts", "./b.ts"),
    ];
    expect(circles(files)).toEqual([["src/b.ts", "src/c.ts"]]);
  });
});

describe("a name", () => {
  test("of a file is that of one, but for those with a reason", () => {
    expect(unexpected(shared(under("src"), basenames), FILES)).toEqual([]);
  });

  test("is exported by one module, but for those with a reason", () => {
    expect(unexpected(shared(under("src"), exportsOf), EXPORTS)).toEqual([]);
  });

  test("that is shared without a reason is told, and one that is shared no longer", () => {
    const files = [
      { name: "src/a/x.ts", text: "export const one = 1;\nexport type two = 2;\n" },
      { name: "src/b/x.ts", text: "export function one() {}\n" },
    ];
    expect([...shared(files, exportsOf).keys()]).toEqual(["one"]);
    expect(unexpected(shared(files, basenames), {})).toEqual([
      "x.ts means several things: src/a/x.ts, src/b/x.ts",
    ]);
    expect(unexpected(new Map(), { why: ["x.ts"] })).toEqual([
      "x.ts is shared no longer: take it from the list",
    ]);
  });
});
