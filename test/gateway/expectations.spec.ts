import { describe, expect, test } from "vitest";
import { BEHIND_MS, HOSTS_MAX, UNHEARD_MS } from "../../src/gateway/routes/expectations.ts";
import { BEAT_MS, gateway, routed, STEP_MS } from "./hearing.ts";

/** A gateway and a host that beats at it each second from the first moment on. */
function pair(upTo = () => 5) {
  const at = gateway();
  let n = 0;
  const next = (): number => ++n;
  const beating = (now: number): void => {
    if (now % BEAT_MS === 0) at.beat("h", next(), routed(upTo()));
  };
  at.pass(BEAT_MS, beating);
  at.asks.length = 0;
  return { at, next, beating };
}

describe("[M13] a gateway that hears of a stream's owner each second", () => {
  test("asks for nothing, and confirms what it knows", () => {
    const { at, next, beating } = pair();
    at.pass(60_000, (now) => {
      at.batch("h", next());
      beating(now);
    });
    expect(at.asks).toEqual([]);
    expect(at.confirms()).toBe(true);
  });

  test("asks at the next beat behind a gap in the numbers, as far as that says", () => {
    const { at, next, beating } = pair();
    next();
    at.batch("h", next());
    expect(at.asks, "no batch says how far").toEqual([]);
    expect(at.confirms()).toBe(false);
    at.pass(BEAT_MS, beating);
    expect(at.asks).toMatchObject([{ k: 0, upTo: 5 }]);
    at.pass(BEAT_MS, beating);
    expect(at.asks).toHaveLength(1);
  });

  test("doubts only the streams of the host whose numbers have a gap", () => {
    const at = gateway(2);
    at.beat("one", 1, routed(5, 0, 0));
    at.beat("other", 1, routed(5, 0, 1));
    at.batch("one", 3);
    expect([at.confirms(0), at.confirms(1)]).toEqual([false, true]);
  });

  test("asks again at the next beat when the heads could not be read", () => {
    const { at, beating } = pair();
    at.hear({ type: "unread", k: 0 });
    expect(at.confirms()).toBe(false);
    at.pass(BEAT_MS, beating);
    expect(at.asks).toMatchObject([{ k: 0, upTo: 5 }]);
    expect(at.confirms()).toBe(true);
  });

  test("takes a beat that is missing for a gap, too", () => {
    const { at, next, beating } = pair();
    next();
    at.pass(BEAT_MS, beating);
    expect(at.asks).toMatchObject([{ k: 0, upTo: 5 }]);
  });

  test("asks when another host has the stream, though no number of that one is missing", () => {
    const { at, beating } = pair();
    at.beat("successor", 1, routed(3, 9));
    expect(at.asks).toMatchObject([{ k: 0, upTo: 3 }]);
    at.asks.length = 0;
    // The one before may not know yet: its beats show nothing any more.
    at.pass(UNHEARD_MS + STEP_MS, beating);
    expect(at.asks).toMatchObject([{ k: 0, upTo: undefined }]);
  });

  test("asks once for each of several hosts that say the same claim", () => {
    const { at, beating } = pair();
    let n = 0;
    at.pass(20_000, (now) => {
      beating(now);
      if (now % BEAT_MS === 500) at.beat("other", ++n, routed(4));
    });
    expect(at.asks).toMatchObject([{ k: 0, upTo: 4 }]);
  });

  test("is told nothing by a parcel that is late, or said again", () => {
    const { at } = pair();
    const n = 1;
    at.pass(UNHEARD_MS + STEP_MS, () => at.beat("h", n, routed(99)));
    expect(at.asks).toMatchObject([{ k: 0, upTo: undefined }]);
  });
});

describe("[M13] a gateway that hears nothing", () => {
  test("has an entry of its own say how far to ask, each 2.5 s and no more often", () => {
    const at = gateway(2);
    at.pass(10_000);
    const of = (k: number) => at.asks.filter((ask) => ask.k === k).map(({ upTo }) => upTo);
    expect([of(0), of(1)]).toEqual([0, 1].map(() => [undefined, undefined, undefined]));
    expect(at.confirms()).toBe(false);
  });

  test("asks again behind its own entry, which changes nothing for the other streams", () => {
    const at = gateway(2);
    let n = 0;
    const beating = (now: number): void => {
      if (now % BEAT_MS === 0) at.beat("h", ++n, routed(5, 0, 1));
    };
    at.pass(UNHEARD_MS + STEP_MS, beating);
    at.hear({ type: "asked", k: 0, seq: 9 });
    at.pass(UNHEARD_MS + STEP_MS, beating);
    expect(at.asks.filter(({ k }) => k === 0)).toHaveLength(2);
    at.pass(2 * BEHIND_MS, beating);
    expect(at.asks.filter(({ upTo }) => upTo === undefined).map(({ k }) => k)).not.toContain(1);
  });

  test("takes no word of an owner before the newest, though its own entry lies behind both", () => {
    const { at, beating } = pair(() => 30);
    at.beat("successor", 1, routed(5, 9));
    at.hear({ type: "asked", k: 0, seq: 20 });
    at.asks.length = 0;
    at.pass(BEAT_MS, beating);
    expect(at.asks).toEqual([]);
    at.pass(UNHEARD_MS, beating);
    expect(at.asks).toMatchObject([{ k: 0, upTo: undefined }]);
  });

  test("asks only for the streams that are silent", () => {
    const at = gateway(2);
    let n = 0;
    at.pass(5_000, (now) => {
      if (now % BEAT_MS === 0) at.beat("h", ++n, routed(5, 0, 1));
    });
    expect(at.asks.filter(({ k, upTo }) => k === 1 && upTo === undefined)).toEqual([]);
    expect([at.confirms(0), at.confirms(1)]).toEqual([false, true]);
  });
});

describe("[M13] a gateway that knows of an entry that no beat has reached", () => {
  test("asks after 3 s, again and again, since an owner that is behind routes nothing", () => {
    const { at, beating } = pair();
    at.pass(BEHIND_MS, beating, 6);
    expect(at.asks).toEqual([]);
    at.pass(2 * STEP_MS, beating);
    expect(at.asks).toMatchObject([{ k: 0, upTo: undefined }]);
    at.hear({ type: "asked", k: 0, seq: 8 });
    at.pass(BEHIND_MS + STEP_MS, beating);
    expect(at.asks.map(({ upTo }) => upTo)).toEqual([undefined, undefined]);
  });

  test("takes the word of an owner that is behind for no bound", () => {
    const { at, next, beating } = pair();
    at.pass(BEHIND_MS, beating, 6);
    at.pass(STEP_MS);
    // A gap, and a beat of the same moment in which the owner has had too long.
    next();
    at.pass(STEP_MS, () => at.beat("h", next(), routed(5)));
    expect(at.asks.map(({ upTo }) => upTo)).toEqual([undefined]);
  });

  test("is content as soon as the owner has come so far", () => {
    let upTo = 5;
    const { at, beating } = pair(() => upTo);
    at.pass(BEHIND_MS - BEAT_MS, beating, 6);
    upTo = 6;
    at.pass(20_000, beating, 6);
    expect(at.asks).toEqual([]);
    expect(at.confirms()).toBe(true);
  });

  test("waits for each entry by itself, not for the first alone", () => {
    let upTo = 5;
    const { at, beating } = pair(() => upTo);
    at.pass(2_000, beating, 6);
    const { now } = at;
    at.pass(500, beating, 7);
    upTo = 6;
    at.pass(BEHIND_MS, beating, 7);
    expect(at.asks).toMatchObject([{ upTo: undefined, at: now + BEHIND_MS + 2 * STEP_MS }]);
  });

  test("counts from the first, however many are stored behind it", () => {
    const { at, beating } = pair();
    const { now } = at;
    for (let seq = 6; at.asks.length === 0 && seq < 200; seq++) at.pass(STEP_MS, beating, seq);
    expect(at.asks).toMatchObject([{ upTo: undefined, at: now + BEHIND_MS + 2 * STEP_MS }]);
  });
});

describe("[M13] forged words of a host", () => {
  test("with a number beyond all others mute it for no longer than a silence", () => {
    const { at, beating } = pair();
    at.batch("h", Number.MAX_SAFE_INTEGER);
    at.pass(10_000, beating);
    expect(at.confirms()).toBe(true);
    expect(at.asks.at(-1)).toMatchObject({ upTo: 5 });
  });

  test("with a claim beyond the log count until an entry is stored below it", () => {
    const { at, beating } = pair();
    at.beat("forger", 1, routed(5, 2 ** 43));
    at.pass(UNHEARD_MS + STEP_MS, beating);
    expect(at.confirms()).toBe(false);
    at.hear({ type: "asked", k: 0, seq: 5 });
    at.pass(BEAT_MS, beating);
    expect(at.confirms()).toBe(true);
  });

  test("of thousands of hosts are forgotten, the oldest first; streams that there are not are none", () => {
    const { at, beating } = pair();
    for (let i = 0; i < 3 * HOSTS_MAX; i++) {
      at.beat(`forged-${i}`, 7, routed(2 ** 44 - 1, 0, 5));
      if (i % 10 === 0) at.pass(STEP_MS, beating);
    }
    expect(at.hosts).toBe(HOSTS_MAX);
    at.pass(BEAT_MS, beating);
    expect(at.confirms()).toBe(true);
    expect(at.asks, "one that speaks is not forgotten").toEqual([]);
  });
});
