import { afterEach, expect, test, vi } from "vitest";
import { factSubject } from "../../src/nats/subjects.ts";
import type { Request } from "../../src/nats/read/gets.ts";
import { groupNamed } from "../support/group.ts";
import { asked, OWNER, replicated, type Asked } from "./replicas.ts";

afterEach(() => void vi.useRealTimers());

const turn = (): Promise<void> => new Promise((go) => setImmediate(go));
const USERS = Array.from({ length: 250 }, (_, i) => `user-${i}`);
const ENTRIES = [OWNER, ...USERS.map((user, i) => ({ seq: i + 2, subject: factSubject(user) }))];
const UP_TO = ENTRIES.length;

/** Asks for the heads of all, and answers each question by hand. */
async function headsOfAll(answer: (question: Asked, nth: number) => void) {
  const open: Asked[] = [];
  const log = asked(ENTRIES, (question) => void open.push(question));
  let done = false;
  const heads = Promise.all(USERS.map((user) => log.head(user, UP_TO))).finally(
    () => (done = true),
  );
  let nth = 0;
  while (!done) {
    await turn();
    const question = open.shift();
    if (question !== undefined) answer(question, nth++);
  }
  return { heads: await heads, questions: nth };
}

test("the heads of many mailboxes are asked for together, and each one is told its own", async () => {
  const { heads, questions } = await headsOfAll(({ answer }) => answer({ upTo: UP_TO }));
  expect(heads).toEqual(USERS.map((_, i) => i + 2));
  expect(questions).toBe(6);
});

test("two joint questions are under way at once, however many ask", async () => {
  const open: Asked[] = [];
  const log = asked(ENTRIES, (question) => void open.push(question));
  const heads = Promise.all(USERS.map((user) => log.head(user, UP_TO)));
  await turn();
  expect(open).toHaveLength(2);
  const answering = setInterval(() => open.shift()?.answer({ upTo: UP_TO }), 1);
  await heads.finally(() => clearInterval(answering));
});

test("[M4] an answer that is none for one is none for all who asked with it: they ask again", async () => {
  const { heads, questions } = await headsOfAll(({ answer }, nth) => {
    if (nth === 0) answer({ upTo: UP_TO, lacks: [OWNER.subject] });
    else if (nth === 1) answer({ upTo: 50 });
    else answer({ upTo: UP_TO });
  });
  expect(heads).toEqual(USERS.map((_, i) => i + 2));
  // They ask again 20 ms later, and not all in the same turn of the loop.
  expect(questions).toBeLessThan(50);
});

test("one mailbox is asked for at once, while other questions are under way", async () => {
  const open: Asked[] = [];
  const log = asked(ENTRIES, (question) => void open.push(question));
  const first = log.head("user-0");
  await turn();
  const second = log.head("user-1");
  await turn();
  expect(open).toHaveLength(2);
  for (const { answer } of open) answer({ upTo: UP_TO });
  expect(await Promise.all([first, second])).toEqual([2, 3]);
});

test("an answer that came while the process stood still counts, and one that never comes is refused", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const open: Asked[] = [];
  const log = asked(ENTRIES, (question) => void open.push(question));
  const [there, never] = [log.head("user-0"), log.at(0, [2])];
  const refused = never.catch((error: unknown) => error);
  await turn();
  vi.advanceTimersByTime(5_000);
  // The timers of a process that stood still come before what lies in its sockets.
  open.find(({ request }) => "multi_last" in request)?.answer({ upTo: UP_TO });
  expect(await there).toBe(2);
  expect(await refused).toMatchObject({ message: "the log does not answer" });
});

test("[G9] heads of groups count from a replica alone that has the stream as far as its owner has said, and that says whose it is", async () => {
  const [one, two] = [groupNamed("one"), groupNamed("two")];
  const entries = [
    OWNER,
    ...[one, one, two].map((id, i) => ({ seq: i + 2, subject: factSubject(id) })),
  ];
  const replicas = [{ upTo: 2 }, { upTo: 4, lacks: [OWNER.subject] }];
  const questions: Request[] = [];
  const log = replicated(entries, (request) => {
    questions.push(request);
    return replicas.shift() ?? { upTo: 4 };
  });
  const heads = await log.lasts(0, [one, two], 4);
  expect(heads.map(({ owner, seq }) => [owner, seq])).toEqual([
    [one, 3],
    [two, 4],
  ]);
  expect(questions).toHaveLength(3);
  const subjects = [one, two].map(factSubject);
  for (const request of questions)
    expect(request).toMatchObject({ multi_last: [...subjects, OWNER.subject] });
});
