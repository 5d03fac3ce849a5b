import { expect, test } from "vitest";
import { assertUnmirrored } from "../../src/nats/mirrors.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { COPIES, FACTS, startStore } from "./support.ts";
import { PATIENCE } from "../support/patience.ts";

test("[M4] a mailbox is read whole while a mirror without half of it answers in the stream's name", async () => {
  const store = await startStore();
  const own: number[] = [];
  for (let i = 0; i < 40; i++)
    own.push(await store.publisher.publish(i % 3 === 0 ? FACTS : COPIES, `${i}`));
  const { jsm } = store.topology;
  await assertUnmirrored(store.link.nc, 1);
  await jsm.streams.add({
    name: "MIRROR",
    allow_direct: true,
    mirror: { name: mailboxStream(0), filter_subject: "fact.*.*.*" },
  });
  await expect
    .poll(async () => (await jsm.streams.info("MIRROR")).state.messages, PATIENCE)
    .toBe(14);
  await expect(assertUnmirrored(store.link.nc, 1)).rejects.toThrow(
    "stream MIRROR answers direct gets for MAILBOX_0: a mirror of a mailbox stream may be",
  );
  let elsewhere = 0;
  for (let i = 0; i < 60; i++) {
    // Raw: what would be believed otherwise.
    const raw = await store.link.nc.request(
      `$JS.API.DIRECT.GET.${mailboxStream(0)}`,
      JSON.stringify({ last_by_subj: COPIES }),
      PATIENCE,
    );
    if (raw.headers?.code === 404) elsewhere++;
    expect(await store.mailboxes.head("alice")).toBe(own.at(-1));
    const seqs: number[] = [];
    for await (const { entries } of store.mailboxes.read("alice", 0, own.at(-1) ?? 0))
      seqs.push(...entries.map(({ seq }) => seq));
    expect(seqs).toEqual(own);
  }
  // The mirror did answer: without that nothing was proven.
  expect(elsewhere).toBeGreaterThan(5);
});

test("[M4] a mailbox is read whole while a mirror that begins later answers in the stream's name", async () => {
  const store = await startStore();
  const own: number[] = [];
  for (let i = 0; i < 20; i++) own.push(await store.publisher.publish(FACTS, `${i}`));
  const { jsm } = store.topology;
  await jsm.streams.add({
    name: "LATE",
    allow_direct: true,
    mirror: { name: mailboxStream(0), opt_start_seq: own[10] ?? 0 },
  });
  await expect.poll(async () => (await jsm.streams.info("LATE")).state.messages, PATIENCE).toBe(10);
  const query = JSON.stringify({ seq: 1, batch: 1, next_by_subj: FACTS });
  let elsewhere = 0;
  for (let i = 0; i < 60; i++) {
    const raw = await store.link.nc.request(
      `$JS.API.DIRECT.GET.${mailboxStream(0)}`,
      query,
      PATIENCE,
    );
    if (raw.headers?.get("Nats-Stream") === "LATE") elsewhere++;
    const seqs: number[] = [];
    for await (const { entries } of store.mailboxes.read("alice", 0, own.at(-1) ?? 0))
      seqs.push(...entries.map(({ seq }) => seq));
    expect(seqs).toEqual(own);
  }
  // The mirror did answer: without that nothing was proven.
  expect(elsewhere).toBeGreaterThan(5);
});
