import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { answerQuestions, questions } from "../../src/nats/questions.ts";
import { writeReply, type Query } from "../../src/protocol/internal/query.ts";
import { silent } from "../support/silent.ts";
import { shared } from "./replica.ts";

const to = shared();

const QUERY: Query = { view: "sessions", owner: "alice", atLeast: 0 };
/** alice's mailbox lies in the stream 3. */
const gateway = () => questions(to.link, { partitionOf: () => 3 });

/** A replica of a stream until the spec is over, which answers with its name; and what it was asked. */
function replica(name: string, stream = "MAILBOX_3", reply = writeReply({ seq: 1, result: name })) {
  const asked: string[] = [];
  const serving = answerQuestions(
    to.link,
    stream,
    async (text) => {
      asked.push(text);
      return reply;
    },
    silent,
  );
  onTestFinished(() => serving.end());
  return { ...serving, asked };
}
const answerOf = async (): Promise<string> =>
  (await gateway().ask(QUERY)).split("\n")[1]?.replaceAll('"', "") ?? "";

test("a question that cannot be read is told ten times a minute, without its text, and answered", async () => {
  let said = "";
  const log = pino({}, { write: (line: string) => (said += line) });
  const answer = async (text: string) => (text === "right" ? "A 1\n1" : undefined);
  const serving = answerQuestions(to.link, "MAILBOX_3", answer, log);
  onTestFinished(() => serving.end());
  const ask = async (text: string) => (await to.link.nc.request("view.3.again", text)).string();
  for (let n = 0; n < 12; n++) expect(await ask(`{"body":"hush ${n}`)).toBe("R internal\n");
  expect(await ask("right")).toBe("A 1\n1");
  expect(said.match(/"level":40.*"msg":"question not readable"/g)).toHaveLength(10);
  expect(said).not.toContain("hush");
});

describe("[V11] a question about a mailbox", () => {
  test("goes to a replica of its stream that is current, and to no other", async () => {
    const [current, behind, other] = [
      replica("current"),
      replica("behind"),
      replica("other", "MAILBOX_2"),
    ];
    current.beCurrent(true);
    other.beCurrent(true);
    for (let n = 0; n < 20; n++) expect(await answerOf()).toBe("current");
    expect([behind.asked, other.asked]).toEqual([[], []]);
  });
  test("that no current replica answers goes to one that is behind, and is refused at once where there is none", async () => {
    await expect(gateway().ask(QUERY)).rejects.toThrow("no responders");
    const behind = replica("behind");
    expect(await answerOf()).toBe("behind");
    const refusing = replica("", "MAILBOX_3", writeReply({ error: "unavailable" }));
    refusing.beCurrent(true);
    behind.beCurrent(false);
    // All are asked, and the one that has refused may be the first again.
    expect(behind.asked).toHaveLength(1);
    await gateway().ask(QUERY);
    expect(refusing.asked).toHaveLength(2);
    expect(behind.asked).toHaveLength(2);
  });
  test("goes to another as soon as a replica is no longer current, and comes back to it", async () => {
    const [first, second] = [replica("first"), replica("second")];
    first.beCurrent(true);
    second.beCurrent(true);
    second.beCurrent(false);
    for (let n = 0; n < 10; n++) expect(await answerOf()).toBe("first");
    second.beCurrent(true);
    first.end();
    expect(await answerOf()).toBe("second");
  });
});
