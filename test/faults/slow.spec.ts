import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { device, type Device } from "../support/device.ts";
import { server, stopReading, until } from "./support.ts";

/** 64 KiB on the wire. */
const LONG = "\u{1F4EF}".repeat(16_384);
const MIB = 1024 * 1024;

/** Of 64 KiB each: what the kernel holds for one connection (4 MiB on this side), and the queue, many times over. */
const MESSAGES_MAX = 600;

const rss = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
};
const seqs = ({ frames }: Device): number[] =>
  frames.filter(({ t }) => t === "event").map(({ seq }) => seq as number);

test("[M6] who stops reading is cut off, costs no memory, and resumes without a gap", async () => {
  const app = await server({ QUEUE_BYTES: `${MIB / 2}` });
  const alice = await device(app, "alice");
  const attentive = await device(app, "bob");
  const stalled = await Promise.all(Array.from({ length: 5 }, () => device(app, "bob")));
  let n = 0;
  const send = async (count: number, body: string): Promise<void> => {
    for (const last = n + count; n < last;) {
      const cid = `a.${++n}`;
      alice.say({ t: "send", cid, to: "bob", body });
      await alice.until((frame) => frame.t === "sent" && frame["cid"] === cid);
      // Looked through again for each answer, and 64 KiB each.
      alice.frames.length = 0;
    }
    // On a busy machine the attentive one would fall behind too, and be cut off like the rest.
    await attentive.until(({ event }) => event?.cid === `a.${n}`);
  };
  // Short ones: the kernel gives a connection that has read much a buffer of up to 32 MiB.
  await send(30, "short");
  for (const each of stalled) {
    await each.until(({ event }) => event?.cid === "a.30");
    stopReading(each);
  }
  const before = rss(app.pid);
  const closed = (): number =>
    attentive.frames.filter(({ event }) => event?.type === "SessionClosed").length;
  while (closed() < stalled.length) {
    expect(n).toBeLessThan(MESSAGES_MAX);
    await send(10, LONG);
  }
  expect(attentive.frames.find(({ event }) => event?.type === "SessionClosed")).toMatchObject({
    event: { reason: "slow" },
  });
  await send(50, LONG);
  const grown = rss(app.pid) - before;
  expect(grown).toBeLessThan(100 * MIB);

  const [late] = stalled as [Device];
  late.ws.resume();
  expect([4409, 1006]).toContain(await late.closed);
  const epoch = late.frames.find(({ t }) => t === "welcome")?.["epoch"];
  const back = await device(app, "bob", { epoch, seq: seqs(late).at(-1) ?? 0 });
  await back.until(({ event }) => event?.cid === `a.${n}`);
  await until(() => seqs(attentive).at(-1) === seqs(back).at(-1));
  const own = [...seqs(late), ...seqs(back)];
  expect(own).toEqual(seqs(attentive).slice(-own.length));
  expect(new Set(own).size).toBe(own.length);
});
