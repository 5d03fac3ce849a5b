import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { CLOSES, REJECTIONS } from "../../src/protocol/codes.ts";
import { Copy } from "../../src/events/copy.ts";
import { Fact } from "../../src/events/fact.ts";
import { GroupFact } from "../../src/events/groupfact.ts";
import { SessionEvent } from "../../src/events/session.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import { ClientFrameShape } from "../../src/protocol/schema/client.ts";
import type { Limits } from "../../src/protocol/frames/hello.ts";
import { DURABILITIES } from "../../src/protocol/frames/send.ts";

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
/** By heading, up to the next one. */
const sections = new Map(
  text.split(/^#{2,3} /m).map((part) => {
    const [title = "", ...lines] = part.split("\n");
    return [title, lines.join("\n")];
  }),
);
const under = (title: string): string => sections.get(title) ?? "";
/** The JSON examples of a part of the page. */
const examples = (part: string): Record<string, unknown>[] =>
  [...part.matchAll(/^```json\n(.+?)\n```$/gms)].map(([, json = ""]) => JSON.parse(json));
/** First cells of its table. */
const fields = (part: string): string[] =>
  [...part.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name);

const clientFrames = ClientFrameShape.options.map((option) => ({
  t: option.shape.t.value,
  schema: option,
}));
/** Every type there is: the compiler sees to it. */
const serverFrames: Record<ServerFrame["t"], string> = {
  welcome: "`welcome`",
  refreshed: "`refreshed`",
  sent: "`sent`",
  asked: "`asked`",
  event: "`event`",
  caughtUp: "`caughtUp`",
  resync: "`resync`",
  follows: "`follows`",
  unfollows: "`unfollows`",
  presence: "`presence`",
  typing: "`typing` of the server",
  reply: "`reply`",
  error: "`error`",
  goaway: "`goaway`",
  stay: "`stay`",
  pong: "`pong`",
};

describe("the protocol's page", () => {
  test.each(clientFrames)("has a valid example of $t", ({ t, schema }) => {
    const [example] = examples(under(`\`${t}\``));
    expect(example?.["t"]).toBe(t);
    expect(schema.safeParse(example).error).toBeUndefined();
  });

  test.each(clientFrames)("names every field of $t, and no other", ({ t, schema }) => {
    const named = Object.keys(schema.shape).filter((name) => !["t", "v", "ref"].includes(name));
    expect(fields(under(`\`${t}\``)).toSorted()).toEqual(named.toSorted());
  });

  test.each(Object.entries(serverFrames))("has an example of %s with its fields", (t, title) => {
    const [example = {}] = examples(under(title));
    expect(example["t"]).toBe(t);
    const named = new Set(["t", ...fields(under(title))]);
    expect(Object.keys(example).filter((name) => !named.has(name))).toEqual([]);
  });

  test("has an example of every event", () => {
    const kinds = examples(under("Events")).map((example) => {
      const isFact = !("sessionId" in example || "before" in example);
      if ("of" in example) return `${GroupFact.parse(example).type} of a group`;
      const schema = "cause" in example ? Copy : isFact ? Fact : SessionEvent;
      return `${schema.parse(example).type} ${schema === Copy ? "copy" : "fact"}`;
    });
    const all = [
      ...Fact.options.map(({ shape }) => `${shape.type.value} fact`),
      ...SessionEvent.options.map(({ shape }) => `${shape.type.value} fact`),
      ...Copy.options.map(({ shape }) => `${shape.type.value} copy`),
      ...GroupFact.options.map(({ shape }) => `${shape.type.value} of a group`),
    ];
    expect(kinds.toSorted()).toEqual(all.toSorted());
  });

  test("explains every refusal with its very rule", () => {
    for (const [code, { retryable, rule }] of Object.entries(REJECTIONS))
      expect(under("Refusals")).toContain(
        `| \`${code}\` | ${retryable ? "yes" : "no"} | ${rule} |`,
      );
    expect(fields(under("Refusals"))).toHaveLength(Object.keys(REJECTIONS).length);
  });

  test("explains every close code with its very reason", () => {
    for (const { code, reason } of Object.values(CLOSES))
      expect(under("Close codes")).toContain(`| \`${code}\` | ${reason} |`);
    expect(fields(under("Close codes"))).toHaveLength(Object.keys(CLOSES).length);
  });

  test("explains every durability and every limit a client is told", () => {
    expect(fields(under("What ✓ means"))).toEqual([...DURABILITIES]);
    const told = z.object({ limits: z.record(z.string(), z.number()) });
    const { limits } = told.parse(examples(under("`welcome`"))[0]);
    const names: Record<keyof Limits, true> = {
      frameBytes: true,
      codePoints: true,
      sendsPerSecond: true,
      sendsBurst: true,
      marksPerSecond: true,
      marksBurst: true,
      framesPerSecond: true,
      typingPerSecond: true,
      unanswered: true,
      watches: true,
      watchesPerSecond: true,
      watchesBurst: true,
      questionsPerSecond: true,
      questionsBurst: true,
      heartbeatMs: true,
      idleMs: true,
      onlineMs: true,
    };
    expect(Object.keys(limits).toSorted()).toEqual(Object.keys(names).toSorted());
    for (const [name, value] of Object.entries(limits))
      expect(under("Limits")).toContain(`| \`${name}\` | ${value} |`);
  });
});
