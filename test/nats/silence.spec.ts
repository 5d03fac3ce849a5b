import { errors } from "@nats-io/transport-node";
import { pino } from "pino";
import { expect, test } from "vitest";
import { NotYetError } from "../../src/nats/notyet.ts";
import { inTime, patiently } from "../../src/nats/silence.ts";
import { StartError } from "../../src/start-error.ts";
import { silent } from "../support/silent.ts";

/** A clock that a pause moves on, and the seconds at which a wait was said. */
function timed() {
  let now = 0;
  const said: number[] = [];
  const log = pino({}, { write: () => void said.push(now / 1_000) });
  const pause = async (ms: number): Promise<void> => void (now += ms);
  return { log, said, clock: { now: () => now, pause }, pass: pause };
}

/** A broker that answers again at a second of the clock. Each question waits 5 s for it. */
const silentUntil = ({ clock, pass }: ReturnType<typeof timed>, second: number) => {
  return async (): Promise<string> => {
    if (clock.now() >= second * 1_000) return "an answer";
    await pass(5_000);
    throw new NotYetError("the broker does not answer");
  };
};

test("a start that is not answered asks again, and says every 5 s that it waits", async () => {
  const time = timed();
  expect(await inTime(time.log, silentUntil(time, 20), time.clock)).toBe("an answer");
  expect(time.said).toEqual([5, 10.5, 16, 21.5]);
});

test("a start waits a minute from the first silence on, and ends with one sentence", async () => {
  const time = timed();
  const attempt = inTime(time.log, silentUntil(time, 1_000), time.clock);
  await expect(attempt).rejects.toThrow(new StartError("the broker does not answer (after 61 s)"));
});

test("a start that worked for an hour before the broker fell silent has its whole minute", async () => {
  const time = timed();
  const ask = silentUntil(time, 3_620);
  let isFirst = true;
  const attempt = async (): Promise<string> => {
    if (isFirst) await time.pass(3_600_000);
    isFirst = false;
    return ask();
  };
  expect(await inTime(time.log, attempt, time.clock)).toBe("an answer");
});

test("servers that have a leader at last, and too few of each other yet, have the whole time that this is worth", async () => {
  const { log, clock } = timed();
  const attempt = async (): Promise<string> => {
    if (clock.now() < 40_000) throw new NotYetError("no leader");
    if (clock.now() < 50_000) throw new NotYetError("fewer servers", 15_000);
    return "an answer";
  };
  expect(await inTime(log, attempt, clock)).toBe("an answer");
  const never = async () => {
    throw new NotYetError("fewer servers", 15_000);
  };
  await expect(inTime(log, never, clock)).rejects.toThrow("fewer servers (after 15 s)");
});

test("an error that no wait cures ends a start at once, whatever was waited for before it", async () => {
  const { log, said, clock } = timed();
  const wrong = new StartError("stream MAILBOX_0 is of format 1");
  const silence = [new NotYetError("the broker does not answer")];
  const attempt = async () => {
    throw silence.pop() ?? wrong;
  };
  await expect(inTime(log, attempt, clock)).rejects.toBe(wrong);
  expect(clock.now()).toBeLessThan(1_000);
  expect(said).toHaveLength(1);
});

test("a question that times out at one server alone is asked again", async () => {
  const failures = [new errors.TimeoutError()];
  const ask = async (): Promise<number> => {
    const failure = failures.pop();
    if (failure !== undefined) throw failure;
    return 7;
  };
  expect(await patiently({ nc: { info: undefined } as never }, silent, ask)).toBe(7);
});
