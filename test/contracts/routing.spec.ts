import { describe, expect, onTestFinished, test } from "vitest";
import { LocalRouting, nearest } from "../../src/host/routing.ts";
import { connect } from "../../src/nats/connection.ts";
import { remoteRouting } from "../../src/nats/routing.ts";
import {
  Numbers,
  type GroupRecord,
  type Parcel,
  type RouteRecord,
  type Routing,
} from "../../src/protocol/internal/routes.ts";
import { until } from "../broker/support.ts";
import { silent } from "../support/silent.ts";
import { startBroker } from "../support/broker.ts";

/** A way to route: where actors put records in, and where gateways hear them. */
interface Way {
  readonly actors: Routing;
  readonly gateways: Routing;
  /** The broker knows all that has been routed and subscribed so far. */
  settled(): Promise<void>;
}

async function remote(numbers = new Numbers("host-1")): Promise<Way> {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const link = async () => {
    const opened = await connect({ url: broker.url }, "spec", silent);
    onTestFinished(() => opened.nc.close());
    return opened;
  };
  const [host, gateway] = [await link(), await link()];
  return {
    actors: remoteRouting(host, numbers, silent),
    gateways: remoteRouting(gateway, new Numbers("host-2"), silent),
    settled: async () => {
      await host.nc.flush();
      await gateway.nc.flush();
    },
  };
}

async function local(): Promise<Way> {
  const routing = new LocalRouting(new Numbers("host-1"), silent);
  return { actors: routing, gateways: routing, settled: () => Promise.resolve() };
}

/** One process of many: its own gateways by a call, any other over the broker. */
async function both(): Promise<Way> {
  const numbers = new Numbers("host-1");
  const way = await remote(numbers);
  const routing = nearest(new LocalRouting(numbers, silent), way.actors);
  return { actors: routing, gateways: routing, settled: way.settled };
}

const event = (seq: number, frame: string, ...sessions: string[]): RouteRecord => ({
  kind: "event",
  sessions,
  seq,
  prev: seq - 1,
  frame,
});
const head = (seq: number): RouteRecord => ({ kind: "head", sessions: ["a", "b"], seq });
const typing: RouteRecord = { kind: "signal", sessions: ["b"], frame: '{"t":"typing"}' };

/** Everything that a gateway hears. */
function hearing({ gateways }: Way, gatewayId: string) {
  const heard: RouteRecord[] = [];
  const end = gateways.listen(gatewayId, ({ records }) => heard.push(...records));
  onTestFinished(end);
  return { heard, end };
}

describe.each([
  ["within a process", local],
  ["between processes", () => remote()],
  ["by the nearest way", both],
])("routing %s", (_, open) => {
  test("[A10] carries records as they are, in the order of the calls", async () => {
    const way = await open();
    const { heard } = hearing(way, "gw-1");
    await way.settled();
    const batches = [
      [event(1, '{"t":"event"}', "a", "b"), head(7), typing],
      Array.from({ length: 200 }, (_, i) => event(8 + i, `"${"x".repeat(1_000)}"`, "a")),
      [event(208, '"\u{1F4EF} ,E 1 "', "b")],
    ];
    for (const batch of batches) way.actors.route("gw-1", batch);
    await until(() => heard.length === 204);
    expect(heard).toEqual(batches.flat());
  });

  test("[A10] loses what is for a gateway that does not listen, and tells nobody", async () => {
    const way = await open();
    const { heard } = hearing(way, "gw-1");
    await way.settled();
    way.actors.route("gw-2", [head(1)]);
    way.actors.route("gw-1", [head(2)]);
    await way.settled();
    const later = hearing(way, "gw-2");
    await way.settled();
    way.actors.route("gw-2", [head(3)]);
    await until(() => heard.length === 1 && later.heard.length === 1);
    expect([heard, later.heard]).toEqual([[head(2)], [head(3)]]);
  });

  test("[A14] numbers what a gateway is told from 1 on, whether it is records or a beat, and whether it listens or not", async () => {
    const way = await open();
    const heard: Omit<Parcel, "records">[] = [];
    const numbered = ({ host, n, beat, moved }: Parcel) =>
      void heard.push({ host, n, beat, ...(moved?.length && { moved }) });
    const moved = [{ group: "g-a", seq: 6 }];
    const streams = [
      { k: 0, claim: 0, upTo: 7 },
      { k: 15, claim: 2 ** 43, upTo: 2 ** 44 - 1 },
    ];
    const end = way.gateways.listen("gw-1", numbered);
    await way.settled();
    way.actors.beat("gw-1", streams, moved);
    way.actors.route("gw-2", [head(1)]);
    way.actors.route("gw-1", [head(1)]);
    await way.settled();
    end();
    await way.settled();
    way.actors.route("gw-1", [head(2)]);
    await way.settled();
    onTestFinished(way.gateways.listen("gw-1", numbered));
    await way.settled();
    way.actors.beat("gw-1", []);
    await until(() => heard.length === 3);
    expect(heard).toEqual([
      { host: "host-1", n: 1, beat: streams, moved },
      { host: "host-1", n: 2, beat: undefined },
      { host: "host-1", n: 4, beat: [] },
    ]);
  });

  test("[A10] spreads what a group has accepted to all who follow it, and to nobody else", async () => {
    const way = await open();
    const record = (seq: number): GroupRecord => ({
      kind: "event",
      seq,
      prev: seq - 1,
      members: 3,
      frame: '{"t":"event"}',
    });
    const typing: GroupRecord = { kind: "typing", user: "ann" };
    const [one, other, none]: [GroupRecord[], GroupRecord[], GroupRecord[]] = [[], [], []];
    const end = way.gateways.attend("g-a", (each) => one.push(each));
    onTestFinished(way.gateways.attend("g-a", (each) => other.push(each)));
    onTestFinished(way.gateways.attend("g-b", (each) => none.push(each)));
    await way.settled();
    way.actors.spread("g-a", record(1));
    way.actors.spread("g-a", typing);
    await until(() => one.length >= 2 && other.length >= 2);
    await way.settled();
    end();
    await way.settled();
    const before = one.length;
    way.actors.spread("g-a", record(2));
    await until(() => other.some((each) => each.kind === "event" && each.seq === 2));
    expect(one).toHaveLength(before);
    // Within a process it may come twice: by the call, and as its echo.
    expect(one.slice(0, 2)).toEqual([record(1), typing]);
    expect(none).toEqual([]);
  });

  test("brings nothing more once listening has ended", async () => {
    const way = await open();
    const [ended, other] = [hearing(way, "gw-1"), hearing(way, "gw-2")];
    await way.settled();
    ended.end();
    await way.settled();
    way.actors.route("gw-1", [head(1)]);
    way.actors.route("gw-2", [head(1)]);
    await until(() => other.heard.length === 1);
    expect(ended.heard).toEqual([]);
  });

  test("goes on when a gateway fails on a record, and the actor does not notice", async () => {
    const way = await open();
    const heard: number[] = [];
    const end = way.gateways.listen("gw-1", ({ records }) => {
      const [record] = records;
      if (record?.kind === "head") heard.push(record.seq);
      throw new Error("a fault of the gateway");
    });
    onTestFinished(end);
    await way.settled();
    for (const seq of [1, 2, 3]) way.actors.route("gw-1", [head(seq)]);
    await until(() => heard.length === 3);
    expect(heard).toEqual([1, 2, 3]);
  });
});

test("a process hears its own actors by a call, once, and those of others over the broker", async () => {
  const way = await remote();
  const own = nearest(new LocalRouting(new Numbers("host-1"), silent), way.gateways);
  const heard: RouteRecord[] = [];
  onTestFinished(own.listen("gw-1", ({ records }) => heard.push(...records)));
  await way.settled();
  own.route("gw-1", [head(1)]);
  expect(heard, "at once").toEqual([head(1)]);
  way.actors.route("gw-1", [head(2)]);
  await until(() => heard.length === 2);
  expect(heard).toEqual([head(1), head(2)]);
});
