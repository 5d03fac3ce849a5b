import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { device, type Frame } from "../../support/device.ts";
import { answer, siege, stopReading } from "../../support/siege.ts";

const MANY = { SENDS_PER_SECOND: "5000", FRAMES_PER_SECOND: "5000" };
const { attack } = siege({ ...MANY, QUEUE_BYTES: "262144" });
const LONG = "x".repeat(16_000);
/** The kernel may hold some 10 MB for one socket, on both sides: far more than this is not held. */
const MESSAGES_MAX = 3_000;

/** Resident memory of the process, in bytes. */
const rss = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
const seqs = (frames: readonly Frame[]): number[] =>
  frames.filter(({ t }) => t === "event").map(({ seq }) => Number(seq));

attack(
  "a device that never reads is cut off, costs no memory, and resumes without a gap",
  async (app) => {
    const deaf = await device(app, "dora");
    const { sessionId, epoch } = deaf.frames.find(({ t }) => t === "welcome")!;
    const other = await device(app, "dora");
    const talker = await device(app, "tom");
    let n = 0;
    const talk = () => answer(talker, { t: "send", cid: `t.${++n}`, to: "dora", body: LONG });
    const cutOff = ({ event }: Frame): boolean =>
      event?.type === "SessionClosed" && event.sessionId === sessionId;

    stopReading(deaf);
    const before = rss(app.pid);
    while (!other.frames.some(cutOff)) {
      expect(n).toBeLessThan(MESSAGES_MAX);
      expect(await talk()).toMatchObject({ t: "sent" });
      talker.frames.length = 0;
    }
    expect(other.frames.find(cutOff)).toMatchObject({ event: { reason: "slow" } });
    for (const until = 2 * n; n < until;) {
      await talk();
      talker.frames.length = 0;
    }
    expect(rss(app.pid) - before).toBeLessThan(100 * 1024 * 1024);

    deaf.ws.resume();
    expect(await deaf.closed).toBe(4409);
    const [first = 0] = seqs(deaf.frames);
    const last = seqs(deaf.frames).at(-1) ?? 0;
    const back = await device(app, "dora", { epoch, seq: last });
    const { seq: upTo } = await back.until(({ t }) => t === "caughtUp");
    await other.until(({ seq }) => seq === upTo);
    const got = [...seqs(deaf.frames), ...seqs(back.frames)];
    const there = seqs(other.frames).filter((seq) => seq >= first && seq <= got.at(-1)!);
    expect(got).toEqual(there);
    const bodies = [...deaf.frames, ...back.frames].filter(({ event }) => event?.body === LONG);
    expect(new Set(bodies.map(({ event }) => event.position)).size).toBe(n);
    expect(bodies).toHaveLength(n);
    await Promise.all([back, other, talker].map((each) => each.close()));
  },
);
