import { describe, expect, test } from "vitest";
import { lagOf } from "../../src/host/lag.ts";
import { withCount, type Readings } from "../../src/host/meter.ts";
import { Metrics } from "../../src/host/metrics.ts";
import { CLOSES, REJECTIONS } from "../../src/protocol/codes.ts";
import { readScrape, type Scrape } from "../support/prometheus.ts";

const WALL = 1_700_000_000_000;

/** Figures of roles that run, some of them changed. */
const readings = (changed: Partial<Readings> = {}): Readings => ({
  sockets: () => 3,
  sessions: () => 2,
  waiting: () => ({ gateway: 5, actors: 1 }),
  degraded: () => false,
  differing: () => 2,
  lag: async () => ({ actors: new Map([["MAILBOX_0", 7]]), views: new Map([["ACTIVITY", 0]]) }),
  ...changed,
});

function board() {
  const metrics = new Metrics("1.2.3", () => WALL);
  const scrape = async (): Promise<Scrape> => readScrape(await metrics.text());
  return { metrics, scrape };
}

describe("the numbers of a process", () => {
  test("are what it did, by the words of its tables", async () => {
    const { metrics, scrape } = board();
    metrics.send(true, 3);
    metrics.send(true, 40);
    metrics.send(false, 1);
    metrics.refused("rate_limited");
    metrics.session("opened");
    metrics.session("closed", "idle");
    metrics.session("closed", "left");
    metrics.session("refused", "auth.invalid_token");
    metrics.session("refused", "helloTimeout");
    metrics.setAside("bug");
    const said = await scrape();
    const expected = {
      'posthorn_sends_total{outcome="stored"}': 2,
      'posthorn_sends_total{outcome="refused"}': 1,
      posthorn_send_seconds_count: 2,
      posthorn_send_seconds_sum: expect.closeTo(0.043),
      'posthorn_send_seconds_bucket{le="0.0025"}': 0,
      'posthorn_send_seconds_bucket{le="0.005"}': 1,
      'posthorn_send_seconds_bucket{le="0.05"}': 2,
      'posthorn_rejections_total{code="rate_limited"}': 1,
      posthorn_sessions_opened_total: 1,
      'posthorn_sessions_closed_total{code="idle"}': 1,
      'posthorn_sessions_closed_total{code="left"}': 1,
      'posthorn_sessions_refused_total{code="auth.invalid_token"}': 1,
      'posthorn_sessions_refused_total{code="helloTimeout"}': 1,
      'posthorn_entries_set_aside_total{why="bug"}': 1,
      'posthorn_build_info{version="1.2.3"}': 1,
    };
    expect(Object.fromEntries(said)).toMatchObject(expected);
  });

  test("stay as they are when nothing happens, however often they are read", async () => {
    const { metrics, scrape } = board();
    metrics.send(true, 3);
    metrics.refused("rate_limited");
    metrics.read(readings());
    const steady = async () =>
      [...(await scrape())].filter(([name]) => name.startsWith("posthorn_s"));
    expect(await steady()).toEqual(await steady());
  });

  test("have a delivery's time by the broker's clock, and none below 0 where the clocks differ", async () => {
    const { metrics, scrape } = board();
    metrics.delivered(WALL - 20);
    metrics.delivered(WALL + 500);
    const said = await scrape();
    expect(said.get("posthorn_delivery_seconds_count")).toBe(2);
    expect(said.get("posthorn_delivery_seconds_sum")).toBeCloseTo(0.02);
    expect(said.get('posthorn_delivery_seconds_bucket{le="0.001"}')).toBe(1);
  });

  test("have every code from the start, so that a first one is a rise", async () => {
    const said = await board().scrape();
    for (const code of Object.keys(REJECTIONS))
      expect(said.get(`posthorn_rejections_total{code="${code}"}`)).toBe(0);
    for (const code of Object.keys(CLOSES))
      expect(said.get(`posthorn_sessions_closed_total{code="${code}"}`)).toBe(0);
  });

  test("[D5] have no label that is in no table, whatever they are told", async () => {
    const { metrics, scrape } = board();
    const before = (await scrape()).size;
    for (let i = 0; i < 1_000; i++) {
      metrics.refused(`alice${i}`);
      metrics.session("closed", `alice${i}`);
      metrics.session("refused", `alice${i}`);
    }
    const said = await scrape();
    expect(said.size).toBe(before);
    expect(said.get('posthorn_rejections_total{code="other"}')).toBe(1_000);
    expect([...said.keys()].filter((name) => name.includes("alice"))).toEqual([]);
  });

  test("of parts that do not run yet are not there, and are read once they do", async () => {
    const { metrics, scrape } = board();
    const early = await scrape();
    for (const name of ["posthorn_sockets", "posthorn_views_degraded"])
      expect(early.has(name)).toBe(false);
    metrics.read(readings({ degraded: () => true }));
    expect(Object.fromEntries(await scrape())).toMatchObject({
      posthorn_sockets: 3,
      posthorn_sessions: 2,
      'posthorn_publishes_waiting{role="gateway"}': 5,
      'posthorn_publishes_waiting{role="actors"}': 1,
      posthorn_views_degraded: 1,
      posthorn_views_differing: 2,
      'posthorn_actors_lag_entries{stream="MAILBOX_0"}': 7,
      'posthorn_views_lag_entries{stream="ACTIVITY"}': 0,
    });
  });

  test("of a connection to the broker say whether it is there, and how often it came back", async () => {
    const { metrics, scrape } = board();
    let connected = true;
    let back = (): void => undefined;
    metrics.line("main", {
      connected: () => connected,
      onReconnect: (listener) => {
        back = listener;
        return () => undefined;
      },
    });
    connected = false;
    expect((await scrape()).get('posthorn_broker_connected{link="main"}')).toBe(0);
    connected = true;
    back();
    const said = await scrape();
    expect(said.get('posthorn_broker_connected{link="main"}')).toBe(1);
    expect(said.get('posthorn_broker_reconnects_total{link="main"}')).toBe(1);
  });

  test("are put together once for all who ask at the same time", async () => {
    const { metrics } = board();
    let asked = 0;
    const lag = async () => {
      asked++;
      return { actors: new Map(), views: new Map() };
    };
    metrics.read(readings({ lag }));
    const texts = await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
    expect(asked).toBe(1);
    expect(new Set(texts).size).toBe(1);
    await metrics.text();
    expect(asked).toBe(2);
  });

  test("count an entry that is set aside, beside its place in the list", async () => {
    const aside = { why: "unreadable", reason: "event: invalid" } as const;
    const noted: unknown[] = [];
    const { metrics, scrape } = board();
    const list = withCount(
      { deadLetter: ({ seq }, { why }) => void noted.push([seq, why]) },
      metrics,
    );
    list.deadLetter({ kind: "fact", owner: "alice", seq: 4, at: 0, raw: "{" }, aside);
    expect(noted).toEqual([[4, "unreadable"]]);
    expect((await scrape()).get('posthorn_entries_set_aside_total{why="unreadable"}')).toBe(1);
  });
});

describe("the lag", () => {
  const course = (ends: Iterable<[string, number]>) => ({
    ends: async () => new Map(ends),
    actors: () => new Map([["MAILBOX_0", 90]]),
    views: async () =>
      new Map([
        ["MAILBOX_0", 100],
        ["ACTIVITY", 5],
      ]),
  });

  test("is what is stored and not taken, per stream", async () => {
    const lag = await lagOf(
      course([
        ["MAILBOX_0", 100],
        ["ACTIVITY", 9],
      ]),
    );
    expect(Object.fromEntries(lag.actors)).toEqual({ MAILBOX_0: 10 });
    expect(Object.fromEntries(lag.views)).toEqual({ MAILBOX_0: 0, ACTIVITY: 4 });
  });

  test("is not below 0 where an entry has come since the end was asked for, and not known without an end", async () => {
    const lag = await lagOf(course([["MAILBOX_0", 95]]));
    expect(Object.fromEntries(lag.views)).toEqual({ MAILBOX_0: 0 });
  });
});

describe("the reader of a scrape", () => {
  const family = "# HELP a_total a\n# TYPE a_total counter\n";
  test.each([
    ["a figure twice", `${family}a_total 1\na_total 2\n`, "said twice"],
    ["a counter with the wrong name", "# HELP a a\n# TYPE a counter\na 1\n", "ends in _total"],
    ["no help", "# TYPE a gauge\na 1\n", "no help"],
    ["a figure of another family", `${family}b_total 1\n`, "no family"],
    ["no number", `${family}a_total x\n`, "no figure"],
    ["no end", `${family}a_total 1`, "does not end"],
    [
      "buckets that fall",
      '# HELP a a\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
      "not cumulative",
    ],
    ["milliseconds", "# HELP a_ms a\n# TYPE a_ms gauge\na_ms 1\n", "no base unit"],
  ])("refuses %s", (_what, text, why) => {
    expect(() => readScrape(text)).toThrow(why);
  });
});
