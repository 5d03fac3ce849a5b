import type { GroupState } from "../../../../src/actors/group/groupstate.ts";
import type { Asking } from "../../../../src/events/ask.ts";
import type { Fact } from "../../../../src/events/fact.ts";
import { isGroup } from "../../../../src/events/messageid.ts";
import { groupIdOf } from "../../../../src/rules/groupid.ts";
import { Host, type Shared } from "./host.ts";
import { staying, type PersonState } from "./person.ts";
import { chances, Streams } from "./streams.ts";
import { wishesOf } from "./wishes.ts";

const USERS = ["ann", "bob", "cem", "dora", "eve", "finn"] as const;
const GROUPS_MAX = 3;
const LIMITS = { members: 5, sendsPerSecond: 1 };
/** A second later some things are not over: rounds until nothing happens any more. */
const ROUNDS_MAX = 3_000;

/** A send or an ask as its user has made it. */
export interface Sent {
  readonly user: string;
  readonly group: string;
  readonly ask: Asking["do"] | "message";
  isStored: boolean;
}

/** All that is left of a run. */
export interface World {
  readonly streams: Streams;
  readonly hosts: readonly (readonly Host[])[];
  readonly snapshots: ReadonlyMap<string, string>;
  readonly groups: readonly string[];
  readonly users: readonly string[];
  /** By cid. */
  readonly sent: ReadonlyMap<string, Sent>;
  readonly isQuiet: boolean;
  readonly shared: Shared;
}

interface Device {
  readonly user: string;
  n: number;
  readonly outbox: { fact: Fact; cid: string; at: number }[];
}

/** Runs some people, their groups, and hosts that crash, sleep and come in twos, by a seed; then all is quiet. */
export function run(seed: number): World {
  const random = chances(seed);
  const { is, below, pick } = random;
  const streams = new Streams(1 + below(3));
  let net: { due: number; act: () => void }[] = [];
  const shared: Shared = {
    streams,
    chances: random,
    snapshots: new Map(),
    checkpoints: streams.all.map(() => 0),
    later: (ms, act) => void net.push({ due: streams.now + ms, act }),
  };
  const hosts = streams.all.map((_, k) => [new Host(k, shared)]);
  const devices: Device[] = USERS.map((user) => ({ user, n: 0, outbox: [] }));
  const groups: string[] = [];
  const wishes = wishesOf(random, USERS);
  const sent = new Map<string, Sent>();

  const state = (device: Device, group: string, what: Asking | "message"): void => {
    const { user } = device;
    const cid = `${user}.${++device.n}`;
    const g = what !== "message" && what.do === "create" ? groupIdOf(user, cid) : group;
    if (g !== group) groups.push(g);
    const said = { author: user, device: "d", cid } as const;
    const fact: Fact =
      what === "message"
        ? { type: "MessageSent", ...said, to: g, body: cid }
        : { type: "GroupAsked", ...said, group: g, ask: what };
    device.outbox.push({ fact, cid, at: 0 });
    sent.set(cid, { user, group: g, ask: what === "message" ? what : what.do, isStored: false });
  };

  /** A group that the user is in, as some host knows, or any. */
  const someGroup = (user: string): string | undefined => {
    const actor = hosts[streams.of(user)]?.[0]?.actors.get(user)?.state as PersonState | undefined;
    const own = groups.filter((group) => actor && staying(actor, group));
    return pick(own.length > 0 && is(0.85) ? own : groups);
  };

  /** The device of an admin, as some host knows: most of what others ask is refused. */
  const adminOf = (group: string): Device | undefined => {
    const actor = hosts[streams.of(group)]?.[0]?.actors.get(group)?.state as GroupState | undefined;
    const admins = [...(actor?.members ?? [])].filter(([, { admin }]) => admin);
    const [user] = pick(admins) ?? [];
    return devices.find((each) => each.user === user);
  };

  const act = (device: Device): void => {
    const group = someGroup(device.user);
    const share = random.next();
    if (group === undefined || (share < 0.05 && groups.length < GROUPS_MAX)) {
      const members = USERS.filter(() => is(0.6)).slice(0, 4);
      state(device, "", { do: "create", name: "n", members, limits: LIMITS });
    } else if (share < 0.55)
      for (let n = is(0.1) ? 3 + below(8) : 1; n > 0; n--) state(device, group, "message");
    else {
      const by = (is(0.5) && adminOf(group)) || device;
      const wish = wishes(by.user, group, pick(groups) ?? group);
      if (wish !== undefined) state(by, wish.group, wish.ask);
    }
  };

  /** The first of the outbox goes out; without an answer it goes out again, in time or much later. */
  const post = ({ user, outbox }: Device, isCalm = false): void => {
    const [first] = outbox;
    if (first === undefined || first.at > streams.now) return;
    const { fact, cid } = first;
    streams.put("fact", user, fact, { name: `f:${user}:${cid}` });
    sent.get(cid)!.isStored = true;
    if (isCalm || is(0.75)) outbox.shift();
    else first.at = streams.now + (is(0.5) ? below(5_000) : below(200_000));
  };

  /** A gateway's users have received and read; claims may be untrue, of strangers, late, doubled. */
  const tick = (): void => {
    const group = pick(groups);
    const facts =
      group === undefined ? [] : streams.mailbox(group).filter(({ kind }) => kind === "group");
    if (group === undefined || facts.length === 0) return;
    const claims = (): [number, string[]][] =>
      USERS.filter(() => is(0.5)).map((user) => [
        (pick(facts.slice(-6))?.seq ?? 0) + (is(0.1) ? 40 : 0),
        [user],
      ]);
    const event = {
      type: "ReceiptsGathered",
      gateway: "gw",
      delivered: claims(),
      read: is(0.5) ? claims() : [],
    } as const;
    for (let n = is(0.1) ? 2 : 1; n > 0; n--)
      shared.later(
        is(0.1) ? below(60_000) : below(500),
        () => void streams.put("tick", group, structuredClone(event)),
      );
  };

  /** An actor is not sure where its user stands. */
  const standing = (): void => {
    const [author, group] = [pick(USERS)!, pick(groups)];
    if (group === undefined) return;
    streams.put("fact", author, { type: "GroupAsked", author, group, ask: { do: "standing" } });
  };

  const living = (k: number): Host[] =>
    hosts[k]!.filter(({ pausedUntil }) => pausedUntil <= streams.now);
  const crash = (host: Host): void => {
    host.isUp = false;
    hosts[host.k] = hosts[host.k]!.filter((each) => each !== host);
  };

  const work = (k: number): void => {
    if (living(k).length === 0 && hosts[k]!.length < 3) hosts[k]!.push(new Host(k, shared));
    const host = pick(living(k));
    if (host === undefined) return;
    const share = random.next();
    const owner = pick([...host.actors.keys()]);
    if (share < 0.5) for (let n = 1 + below(8); n > 0; n--) host.read();
    else if (share < 0.72) {
      for (const key of host.lanes.keys()) if (is(0.6)) host.pump(key);
    } else if (share < 0.86) {
      for (const each of host.actors.keys()) if (isGroup(each)) host.states(each);
    } else if (share < 0.92) host.save();
    else if (share < 0.97) {
      if (owner !== undefined) host.tidy(owner, is(0.5));
    } else if (share < 0.98) crash(host);
    else if (share < 0.985 && hosts[k]!.length < 3) host.pausedUntil = streams.now + below(300_000);
  };

  const deliver = (): void => {
    const due = net.filter((each) => each.due <= streams.now);
    net = net.filter((each) => each.due > streams.now);
    for (const { act: happen } of due) happen();
  };

  for (let step = 350 + below(300); step > 0; step--) {
    streams.now += is(0.004) ? 30_000 + below(200_000) : below(800);
    deliver();
    const share = random.next();
    const device = pick(devices)!;
    if (share < 0.2) post(device);
    else if (share < 0.34) act(device);
    else if (share < 0.41) tick();
    else if (share < 0.415) standing();
    else work(below(streams.all.length));
  }

  if (is(0.5)) {
    net = [];
    for (const host of hosts.flat()) crash(host);
  }
  let isQuiet = false;
  for (let round = 0; round < ROUNDS_MAX && !isQuiet; round++) {
    streams.now += 500;
    const before = streams.stored;
    let isBusy = net.length > 0;
    const due = net;
    net = [];
    for (const { act: happen } of due) happen();
    for (const [k, here] of hosts.entries()) {
      if (here.length === 0) here.push(new Host(k, shared));
      for (const host of here) {
        host.pausedUntil = 0;
        if (host.settles()) isBusy = true;
      }
    }
    for (const device of devices) {
      for (const item of device.outbox) item.at = 0;
      post(device, true);
      isBusy ||= device.outbox.length > 0;
    }
    isQuiet = !isBusy && streams.stored === before && net.length === 0;
  }
  return {
    streams,
    hosts,
    snapshots: shared.snapshots,
    groups,
    users: USERS,
    sent,
    isQuiet,
    shared,
  };
}
