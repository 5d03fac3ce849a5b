import type { Machine } from "./machines.ts";
import type { Fault } from "./plan.ts";
import { recreate } from "./recreation.ts";
import { restore } from "./restoring.ts";
import { rollBack } from "./rollback.ts";
import type { Stage } from "./stage.ts";

/** A balancer gives up a gateway that has answered nothing for so long. */
const BALANCER_MS = 5_000;
/** An election takes about so long. */
const ELECTION_MS = 1_500;

/** Does as a plan says, and heals it when its time is over. */
export function harm(sim: Stage, fault: Fault): void {
  const { time } = sim.cluster;
  const heal = begin(sim, fault);
  time.after(fault.forMs, heal, "world");
}

/** Returns how to heal it. */
function begin(sim: Stage, fault: Fault): () => void {
  const { cluster } = sim;
  switch (fault.does) {
    case "kill":
    case "pause":
    case "cut":
    case "drop":
    case "stall":
      return toMachine(sim, sim.machine(fault.machine), fault);
    case "leave": {
      sim.hosts.find(({ name }) => name === fault.machine)?.leave();
      return () => undefined;
    }
    case "routes": {
      const { from, to, loss, lateMs } = fault;
      cluster.weather.ways.set(`${from}>${to}`, { loss, lateMs });
      return () => void cluster.weather.ways.delete(`${from}>${to}`);
    }
    case "stuck":
    case "lag":
      return toReplica(sim, fault);
    case "leaderless": {
      const stream = cluster.stream(fault.stream);
      stream.leader = undefined;
      return () => cluster.elect(stream);
    }
    case "acks": {
      cluster.weather.ackLoss = fault.part;
      return () => void (cluster.weather.ackLoss = 0);
    }
    case "late": {
      cluster.weather.late = { part: fault.part, ms: fault.ms };
      return () => void (cluster.weather.late = { part: 0, ms: 0 });
    }
    case "server":
      return toServer(sim, fault.server);
    case "isolate":
      return isolate(sim, fault.server);
    case "behind": {
      for (const stream of cluster.streams.values())
        toReplica(sim, { ...fault, does: "stuck", stream: stream.name });
      return () => undefined;
    }
    case "deafen": {
      const way = `${fault.from}>${fault.to}`;
      cluster.weather.ways.set(way, { loss: 1, lateMs: 0 });
      return () => void cluster.weather.ways.delete(way);
    }
    case "half": {
      const each = sim.machine(fault.machine).connections[fault.connection];
      each?.cut(true);
      return () => {
        if (each?.isOpen === false) each.reopen(cluster.anyServer());
      };
    }
    case "stumble": {
      sim.stumbles = true;
      return () => void (sim.stumbles = false);
    }
    case "all": {
      const heals = sim.hosts.map((host) =>
        toMachine(sim, host, { ...fault, does: fault.what, machine: host.name }),
      );
      return () => {
        for (const heal of heals) heal();
      };
    }
    case "device": {
      for (const device of sim.devices)
        if (device.user === fault.user) device.cut(cluster.time.now + fault.forMs);
      return () => undefined;
    }
    case "rollback":
      return rollBack(sim, fault);
    case "recreate":
      return recreate(sim, fault);
    case "restore":
      return restore(sim);
  }
}

function toMachine(sim: Stage, machine: Machine, { does, forMs }: Fault): () => void {
  const { time } = sim.cluster;
  const { program } = machine;
  switch (does) {
    case "kill":
      machine.kill();
      sim.resetSockets(machine);
      return () => machine.start();
    case "pause":
      time.pause(program);
      time.after(BALANCER_MS, () => program.is === "paused" && sim.resetSockets(machine), "world");
      return () => time.resume(program);
    case "stall":
      for (const each of machine.connections) each.stalledUntil = time.now + Math.min(forMs, 8_000);
      return () => undefined;
    default: {
      const { connections } = machine;
      for (const each of connections) each.cut(does === "cut");
      return () => {
        for (const each of connections) if (!each.isOpen) each.reopen(sim.cluster.anyServer());
      };
    }
  }
}

function toReplica(sim: Stage, fault: Extract<Fault, { does: "stuck" | "lag" }>): () => void {
  const { cluster } = sim;
  const stream = cluster.stream(fault.stream);
  const replica = stream.replicas[fault.server]!;
  // The leader has what it has stored.
  if (stream.leader === fault.server) cluster.elect(stream, fault.server);
  const { lagMs } = replica;
  stream.reach(replica, cluster.time.now);
  if (fault.does === "lag") replica.lagMs = 1_500;
  else replica.stuckUntil = cluster.time.now + fault.forMs;
  return () => void (replica.lagMs = lagMs);
}

/** The others go on without the server, and its clients do not know. */
function isolate({ cluster }: Stage, server: number): () => void {
  const { time } = cluster;
  if (cluster.isolated !== undefined || cluster.isUp.filter(Boolean).length < 3)
    return () => undefined;
  cluster.isolated = server;
  for (const stream of cluster.streams.values()) {
    const replica = stream.replicas[server]!;
    stream.reach(replica, time.now);
    replica.stuckUntil = Number.POSITIVE_INFINITY;
    if (stream.leader !== server) continue;
    stream.leader = undefined;
    time.after(ELECTION_MS * (1 + cluster.random()), () => cluster.elect(stream, server), "world");
  }
  return () => {
    cluster.isolated = undefined;
    for (const { replicas } of cluster.streams.values())
      replicas[server]!.stuckUntil = time.now + 300;
  };
}

function toServer({ cluster }: Stage, server: number): () => void {
  const { time } = cluster;
  if (cluster.isUp.filter(Boolean).length < 3 || cluster.isolated !== undefined)
    return () => undefined;
  cluster.isUp[server] = false;
  for (const each of cluster.connections) {
    if (each.server !== server || !each.isOpen) continue;
    each.cut(true);
    time.after(
      200 + cluster.random() * 800,
      () => each.isOpen || each.reopen(cluster.anyServer()),
      "world",
    );
  }
  for (const consumer of cluster.consumers) if (consumer.replica.server === server) consumer.end();
  for (const stream of cluster.streams.values()) {
    if (stream.leader !== server) continue;
    stream.leader = undefined;
    time.after(
      ELECTION_MS * (0.5 + cluster.random()),
      () => cluster.elect(stream, server),
      "world",
    );
  }
  return () => {
    cluster.isUp[server] = true;
    for (const { replicas } of cluster.streams.values())
      replicas[server]!.stuckUntil = time.now + 300;
  };
}
