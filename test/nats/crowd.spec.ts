import { expect, test } from "vitest";
import { factSubject } from "../../src/nats/subjects.ts";
import { asked, OWNER, type Asked, type Stored } from "./replicas.ts";

test("[M4] each of a crowd gets all of its mailbox, and the log is walked over a few times, not once for each", async () => {
  const users = Array.from({ length: 600 }, (_, i) => `user-${i}`);
  // Nine of ten seqs are gaps: the broker walks over what was erased, too.
  const seqOf = (i: number): number => 10 * i + 2;
  // One entry of each, again and again, so that between two of one there are those of all others.
  const entries: Stored[] = [
    OWNER,
    ...Array.from({ length: 3_000 }, (_, i) => ({
      seq: seqOf(i),
      subject: factSubject(users[i % users.length] ?? ""),
    })),
  ];
  const open: Asked[] = [];
  let answered = 0;
  const log = asked(entries, (question) => void open.push(question));
  const upTo = entries.at(-1)?.seq ?? 0;
  let done = 0;
  const reads = users.map(async (user, i) => {
    const seqs: number[] = [];
    // Everybody begins, and knows a moment later how far to go.
    const reading = log.begin(user, 0);
    await new Promise((go) => setImmediate(go));
    for await (const page of reading.pages(upTo)) {
      seqs.push(...page.entries.map(({ seq }) => seq));
      expect(
        page.entries.every(({ owner, generation }) => owner === user && generation === 0),
      ).toBe(true);
    }
    done++;
    expect(seqs).toEqual(Array.from({ length: 5 }, (_, n) => seqOf(i + n * users.length)));
  });
  while (done < users.length) {
    await new Promise((go) => setImmediate(go));
    const question = open.shift();
    if (question === undefined) continue;
    if ("next_by_subj" in question.request) answered++;
    question.answer({ upTo });
  }
  await Promise.all(reads);
  // Those who came before it was a crowd had a page each; the others had three of the stream.
  expect(answered).toBeLessThan(users.length / 2);
});

test("[M4] a crowd that is known to be coming reads together from the first on", async () => {
  const users = Array.from({ length: 100 }, (_, i) => `user-${i}`);
  const entries: Stored[] = [
    OWNER,
    ...Array.from({ length: 1_000 }, (_, i) => ({
      seq: 100 * i + 2,
      subject: factSubject(users[i % users.length] ?? ""),
    })),
  ];
  const subjects = new Set<string>();
  const upTo = entries.at(-1)?.seq ?? 0;
  const log = asked(entries, ({ request, answer }) => {
    if ("next_by_subj" in request) subjects.add(request.next_by_subj);
    setImmediate(() => answer({ upTo }));
  });
  const coming = { size: users.length };
  await Promise.all(
    users.map(async (user) => {
      // One after the other, so that no queue shows that there are many.
      const reading = log.begin(user, 0, coming);
      await new Promise((go) => setImmediate(go));
      coming.size--;
      let count = 0;
      for await (const page of reading.pages(upTo)) count += page.entries.length;
      expect(count).toBe(10);
    }),
  );
  expect([...subjects]).toEqual([">"]);
});

test("a mailbox of which the stream holds little since is read alone, also in a crowd", async () => {
  const entries: Stored[] = [
    OWNER,
    ...Array.from({ length: 10 }, (_, i) => ({ seq: i + 2, subject: factSubject("alice") })),
  ];
  const wildcards: string[] = [];
  const log = asked(entries, ({ request, answer }) => {
    if ("next_by_subj" in request) wildcards.push(request.next_by_subj);
    setImmediate(() => answer({ upTo: 11 }));
  });
  const crowd = Array.from({ length: 100 }, () => log.begin("alice", 0));
  await Promise.all(
    crowd.map(async (reading) => {
      let count = 0;
      for await (const page of reading.pages(11)) count += page.entries.length;
      expect(count).toBe(10);
    }),
  );
  expect(wildcards).not.toContain(">");
});
