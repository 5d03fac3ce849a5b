import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { cut, cutsOf, heal } from "../../scripts/cluster/cuts.mjs";
import { layOut, settingsOf, wayTo } from "../../scripts/cluster/layout.mjs";
import { write } from "../../scripts/cluster/state.mjs";
import { Wire } from "../../scripts/cluster/wire.mjs";
import { Wires } from "../../scripts/cluster/wires.mjs";
import { folder } from "../support/folder.ts";
import { soon } from "../support/soon.ts";

/** Somebody who repeats what it hears, on a port. */
async function listening(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined).pipe(socket));
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as { port: number }).port;
}

/** Wires between some processes, as a cluster in a folder of its own has them. */
async function wired(...pairs: (readonly [from: string, to: string])[]) {
  const dir = folder();
  const target = await listening();
  const laid = await Promise.all(
    pairs.map(async ([from, to]) => {
      const wire = await Wire.lay(target);
      return { from, to, target, port: wire.port, wire };
    }),
  );
  const wires: Wires = new Wires(dir, laid, () =>
    write(dir, { url: "", processes: [], cuts: wires.state }),
  );
  onTestFinished(() => wires.stop());
  write(dir, { url: "", processes: [], cuts: wires.state });
  /** Somebody at one end, who has heard that the other is there. */
  const speak = async (from: string, to: string): Promise<Socket> => {
    const port = laid.find((each) => each.from === from && each.to === to)?.port ?? 0;
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write("?");
    await once(socket, "data");
    return socket;
  };
  return { dir, speak };
}

test("a cut of one process closes all that it has to the others, and nothing else, until it is healed", async () => {
  const { dir, speak } = await wired(
    ["gateway-1", "nats-1"],
    ["gateway-1", "nats-3"],
    ["nats-1", "nats-3"],
    ["nats-3", "nats-1"],
  );
  const [stays, ends, other] = [
    await speak("gateway-1", "nats-1"),
    await speak("gateway-1", "nats-3"),
    await speak("nats-3", "nats-1"),
  ];
  const done = await cut(dir, { from: "nats-3", to: "all", how: "closed" });
  expect(done).toEqual({ from: "nats-3", to: "all", how: "closed", wires: 3, connections: 2 });
  await soon(() => expect([ends.destroyed, other.destroyed]).toEqual([true, true]));
  stays.write("?");
  await once(stays, "data");
  expect(cutsOf(dir)).toEqual([done]);
  await heal(dir, "nats-3");
  expect(cutsOf(dir)).toEqual([]);
  await speak("gateway-1", "nats-3");
});

/** A connection between two, as both of its ends hear each other. `heard`: by name, what came there. */
async function connected(from: string, to: string) {
  const heard: Record<string, string> = { [from]: "", [to]: "" };
  const called: Socket[] = [];
  const server = createServer((socket) => {
    called.push(socket.on("error", () => undefined));
    socket.on("data", (text) => (heard[to] += String(text)));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const target = (server.address() as { port: number }).port;
  const wire = await Wire.lay(target);
  const caller = connect(wire.port, "127.0.0.1").on("error", () => undefined);
  onTestFinished(() => void caller.destroy());
  caller.on("data", (text) => (heard[from] += String(text)));
  await soon(() => expect(called).toHaveLength(1));
  const say = (who: string, text: string) => (who === from ? caller : called[0]!).write(text);
  return { laid: { from, to, target, port: wire.port, wire }, heard, say };
}

test("a cut says which side hears the other: one way the first hears the second and not the other way round, whoever has called; silent neither", async () => {
  const dir = folder();
  const ways = [await connected("nats-1", "nats-2"), await connected("nats-2", "nats-1")];
  const laid = ways.map((way) => way.laid);
  const wires: Wires = new Wires(dir, laid, () =>
    write(dir, { url: "", processes: [], cuts: wires.state }),
  );
  onTestFinished(() => wires.stop());
  write(dir, { url: "", processes: [], cuts: wires.state });
  const both = (who: string, text: string): void => ways.forEach(({ say }) => void say(who, text));
  const heard = (who: string) => ways.map((way) => way.heard[who]);

  await cut(dir, { from: "nats-1", to: "nats-2", how: "one-way" });
  both("nats-1", "a");
  both("nats-2", "b");
  await soon(() => expect(heard("nats-1")).toEqual(["b", "b"]));
  both("nats-1", "a");
  both("nats-2", "b");
  await soon(() => expect(heard("nats-1")).toEqual(["bb", "bb"]));
  expect(heard("nats-2")).toEqual(["", ""]);
  // The other way round: what was held goes on, and what comes now is held.
  await heal(dir, "nats-1", "nats-2");
  await cut(dir, { from: "nats-2", to: "nats-1", how: "one-way" });
  both("nats-2", "c");
  both("nats-1", "d");
  await soon(() => expect(heard("nats-2")).toEqual(["aad", "aad"]));
  expect(heard("nats-1")).toEqual(["bb", "bb"]);
  await cut(dir, { from: "nats-1", to: "nats-2", how: "silent" });
  for (const who of ["nats-1", "nats-2"]) both(who, "e");
  expect(wires.state.done.map(({ how, connections }) => [how, connections])).toEqual([
    ["silent", 2],
  ]);
  expect([heard("nats-1"), heard("nats-2")]).toEqual([
    ["bb", "bb"],
    ["aad", "aad"],
  ]);
  await heal(dir);
  await soon(() => expect(heard("nats-1")).toEqual(["bbce", "bbce"]));
  await soon(() => expect(heard("nats-2")).toEqual(["aade", "aade"]));
});

test("cuts of kinds add up, and one that is of nothing is refused with a sentence", async () => {
  const { dir } = await wired(["gateway-1", "nats-1"], ["gateway-2", "nats-1"]);
  await cut(dir, { from: "gateway", to: "nats", how: "silent" });
  const wrong = cut(dir, { from: "gateway-1", to: "gateway-2", how: "closed" });
  await expect(wrong).rejects.toThrow("there is nothing between gateway-1 and gateway-2");
  await expect(heal(dir, "nats-3")).rejects.toThrow("no cut is between nats-3 and all");
  await cut(dir, { from: "gateway-2", to: "all", how: "closed" });
  expect(cutsOf(dir).map(({ from, wires }) => [from, wires])).toEqual([
    ["gateway", 2],
    ["gateway-2", 1],
  ]);
});

test("what goes over a slow way comes all the same, and late", async () => {
  const { dir, speak } = await wired(["nats-1", "nats-2"]);
  const socket = await speak("nats-1", "nats-2");
  await cut(dir, { from: "nats-1", to: "nats-2", how: "slow" });
  const since = performance.now();
  socket.write("?");
  await once(socket, "data");
  // There and back.
  expect(performance.now() - since).toBeGreaterThan(290);
});

test("a cluster that was started without ways to cut says how to start one", async () => {
  const dir = folder();
  write(dir, { url: "", processes: [], cuts: undefined });
  const wished = cut(dir, { from: "nats-1", to: "all", how: "closed" });
  await expect(wished).rejects.toThrow("start it with npm run cluster -- --cuts");
});

test("each process goes by ways of its own to brokers, brokers to each other, and the front to gateways; without --cuts straight", async () => {
  const dir = folder();
  const cuttable = await layOut(dir, { front: undefined, cuts: true });
  const pairs = new Set(cuttable.ways.map(({ from, to }) => `${from} ${to}`));
  // Six processes and three brokers, six ordered pairs of brokers, two gateways.
  expect([pairs.size, cuttable.ways.length]).toEqual([18 + 6 + 2, 2 * 18 + 6 + 2]);
  const [role] = cuttable.roles;
  const settings = settingsOf(role!, cuttable, { secrets: dir, env: {} });
  const ports = settings.NATS_URL.split(",").map((url) => Number(new URL(url).port));
  expect(ports).toEqual(cuttable.brokers.map((each) => wayTo(cuttable, role!.name, each.client)));
  expect(ports).not.toEqual(cuttable.brokers.map(({ client }) => client));
  const straight = await layOut(dir, { front: undefined, cuts: false });
  const { NATS_URL } = settingsOf(straight.roles[0]!, straight, { secrets: dir, env: {} });
  expect(NATS_URL).toBe(
    straight.brokers.map(({ client }) => `nats://127.0.0.1:${client}`).join(","),
  );
});
