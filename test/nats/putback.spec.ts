import { expect, test } from "vitest";
import { ExchangeError } from "../../src/nats/bundle/exchange.ts";
import { putBack } from "../../src/nats/bundle/putback.ts";

const ENDED = JSON.stringify({ state: { messages: 1, first_seq: 1, last_seq: 1 } });
const BLUEPRINT = { config: { name: "S" }, state: {} };

async function* parts() {
  yield new Uint8Array(1);
}

/** A broker that answers the questions for a stream in turn; `undefined`: one is lost. */
function broker(answers: readonly (string | Error | undefined)[]) {
  const asked: string[] = [];
  const ask = (subject: string): Promise<string> => {
    if (subject === "parts") return Promise.resolve(ENDED);
    const answer = answers[asked.push(subject) - 1];
    if (answer === undefined) return new Promise(() => undefined);
    return typeof answer === "string" ? Promise.resolve(answer) : Promise.reject(answer);
  };
  return { asked, ask };
}
const BEGUN = JSON.stringify({ deliver_subject: "parts" });

test("[L10] a question for a stream that is lost is put again", async () => {
  const lossy = broker([undefined, BEGUN]);
  expect(await putBack(lossy, BLUEPRINT, parts(), () => undefined)).toMatchObject({ messages: 1 });
  expect(lossy.asked).toHaveLength(2);
});

test("[L10] a refusal of the first question is the last word", async () => {
  const busy = broker([new Error("there is such a stream")]);
  await expect(putBack(busy, BLUEPRINT, parts(), () => undefined)).rejects.toThrow("such a stream");
  expect(busy.asked).toHaveLength(1);
});

test("[L10] servers of a cluster that have not found each other yet are waited for", async () => {
  const few = new ExchangeError("no suitable peers for placement, peer offline", 10_005);
  const young = broker([few, few, BEGUN]);
  expect(await putBack(young, BLUEPRINT, parts(), () => undefined)).toMatchObject({ messages: 1 });
  expect(young.asked).toHaveLength(3);
});
