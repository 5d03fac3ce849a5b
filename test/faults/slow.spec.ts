import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { device, type Device } from "../support/device.ts";
import { server, stopReading, until } from "./support.ts";

/** 64 KiB on the wire. */
const LONG = "\u{1F4EF}".repeat(16_384);
const MIB = 1024 * 1024;

const rss = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
};
const seqs = ({ frames }: Device): number[] =>
  frames.filter(({ t }) => t === "event").map(({ seq }) => seq as number);

test("who stops reading is cut off, costs no memory, and resumes without a gap", async () => {
  const app = await server({ QUEUE_BYTES: `${MIB / 2}` });
  const alice = await device(app, "alice");
  const attentive = await device(app, "bob");
  const stalled = await Promise.all(Array.from({ length: 5 }, () => device(app, "bob")));
  const send = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) {
      alice.say({ t: "send", cid: `a.${n}`, to: "bob", body: LONG });
      await alice.until(({ t, cid }) => t === "sent" && cid === `a.${n}`);
    }
  };
  await send(1, 30);
  await attentive.until(({ event }) => event?.cid === "a.30");
  for (const each of stalled) {
    await each.until(({ event }) => event?.cid === "a.30");
    stopReading(each);
  }
  const before = rss(app.pid);
  const closed = (): number =>
    attentive.frames.filter(({ event }) => event?.type === "SessionClosed").length;
  // Bytes that the kernel holds for them come first.
  let n = 31;
  while (closed() < stalled.length && n < 600) await send(n, (n += 9) && n++);
  await until(() => closed() === stalled.length);
  expect(attentive.frames.find(({ event }) => event?.type === "SessionClosed")).toMatchObject({
    event: { reason: "slow" },
  });
  await send(n, n + 49);
  const grown = rss(app.pid) - before;
  expect(grown).toBeLessThan(100 * MIB);

  const [late] = stalled as [Device];
  late.ws.resume();
  expect([4409, 1006]).toContain(await late.closed);
  const epoch = late.frames.find(({ t }) => t === "welcome")?.["epoch"];
  const back = await device(app, "bob", { epoch, seq: seqs(late).at(-1) ?? 0 });
  await back.until(({ event }) => event?.cid === `a.${n + 49}`);
  await until(() => seqs(attentive).at(-1) === seqs(back).at(-1));
  const own = [...seqs(late), ...seqs(back)];
  expect(own).toEqual(seqs(attentive).slice(-own.length));
  expect(new Set(own).size).toBe(own.length);
});
