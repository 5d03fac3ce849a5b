import type { Msg } from "@nats-io/transport-node";
import {
  checkpointStream,
  kvStream,
  mailboxStream,
  numberOf,
  otherStreamAt,
  slotAt,
} from "../../src/nats/subjects.ts";
import { GATEWAYS, SNAPSHOTS } from "../../src/nats/streams.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { answerDirect } from "./directgets.ts";
import { messageOf, type Taken } from "./messages.ts";
import type { Client, Consumer } from "./parties.ts";
import { ReplicatedStream, type Replica, type Stored } from "./stream.ts";
import type { Program, Time } from "./time.ts";

/** Streams of mailboxes. */
export const STREAMS = 2;
const API = "$JS.API.";
/** An operator waits 30 s for a PubAck, longer than a run, and runs the command again: none of theirs is lost. */
const OPERATOR = "desk";

/** The things that are wrong with the cluster just now. */
export interface Weather {
  /** Part of the PubAcks that are lost. */
  ackLoss: number;
  /** Part of the publishes that come late, and how late at most. */
  late: { part: number; ms: number };
  /** Core messages from one program to another that are lost (1: all) or overtake each other. */
  readonly ways: Map<string, { loss: number; lateMs: number }>;
}

/** Servers of the broker in memory: core messages that may be lost, replicated streams, no leader for a while. */
export class Cluster {
  readonly time: Time;
  readonly random: () => number;
  readonly streams = new Map<string, ReplicatedStream>();
  readonly connections = new Set<Client>();
  readonly consumers = new Set<Consumer>();
  readonly isUp = [true, true, true];
  readonly weather: Weather = { ackLoss: 0, late: { part: 0, ms: 0 }, ways: new Map() };
  /** A server that the others do not reach: its clients stay connected, and nobody stores what they say. */
  isolated: number | undefined;
  /** Says of a stale replica that it has everything: a negative control. */
  lies = false;
  /** Entries as a question for one of them is answered: a negative control. */
  forge: (entry: Stored) => Stored = (entry) => entry;
  /** Nobody says of a roll-back that acknowledged entries are lost by it: a negative control. */
  isRolledBackUntold = false;
  /** A stream that is made anew, or put back, begins no generation: a negative control. */
  forgetsLives = false;
  /** Is told of each entry that is stored. */
  onStored: (stream: string, entry: Stored, by: Program) => void = () => undefined;
  readonly #listeners = new Map<string, Set<Client>>();
  #order = 0;

  constructor(time: Time, random: () => number, windowMs: number) {
    this.time = time;
    this.random = random;
    const names = [kvStream(SNAPSHOTS), kvStream(GATEWAYS), "ACTIVITY", "DEADLETTER"];
    for (let k = 0; k < STREAMS; k++) names.push(mailboxStream(k), checkpointStream(k));
    for (const name of names)
      this.streams.set(name, new ReplicatedStream(name, { first: this.below(3), windowMs }));
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  readonly latency = (): number => 0.2 + this.random() * 1.5;

  stream(name: string): ReplicatedStream {
    const found = this.streams.get(name);
    if (found === undefined) throw new Error(`the simulation has no stream ${name}`);
    return found;
  }

  /** Any server that runs. */
  anyServer(): number {
    const up = [0, 1, 2].filter((server) => this.isUp[server]);
    return up[this.below(up.length)] ?? 0;
  }

  /** Do the two servers hear each other? */
  reaches(one: number, other: number): boolean {
    return one === other || (one !== this.isolated && other !== this.isolated);
  }

  /** The copy that answers: most often that of the own server. */
  anyReplica({ replicas, isGone }: ReplicatedStream, near: number): Replica | undefined {
    if (isGone) return undefined;
    const up = replicas.filter(({ server }) => this.isUp[server] && this.reaches(near, server));
    const own = up.find(({ server }) => server === near);
    return own !== undefined && this.random() < 0.6 ? own : up[this.below(up.length)];
  }

  /** Another server leads from now on: one that runs, and has everything. */
  elect(stream: ReplicatedStream, but?: number): void {
    if (stream.isGone) return;
    const { now } = this.time;
    const able = stream.replicas.filter(
      ({ server, stuckUntil, lagMs }) =>
        this.isUp[server] &&
        server !== this.isolated &&
        server !== but &&
        stuckUntil <= now &&
        lagMs < 100,
    );
    const next = able[this.below(able.length)];
    if (next === undefined) return void this.time.after(500, () => this.elect(stream), "world");
    for (const each of stream.replicas) if (each.lagMs === 0) each.lagMs = 1;
    next.lagMs = 0;
    stream.leader = next.server;
  }

  /** A server has a message. */
  take(from: Client, taken: Taken): void {
    const { subject, reply } = taken;
    if (subject.startsWith(API)) return this.#api(from, taken);
    this.#tell(from, taken);
    const stream = this.streams.get(streamAt(subject));
    if (stream !== undefined) this.#put(from, stream, taken);
    else if (reply !== "") this.#answer(from, messageOf({ subject: reply, data: "", code: 503 }));
  }

  /** A connection wants to hear a subject, or a family of them; answers to itself alone are none of the others'. */
  listen(subject: string, by: Client): void {
    if (subject.startsWith("_INBOX")) return;
    const known = this.#listeners.get(subject);
    if (known === undefined) this.#listeners.set(subject, new Set([by]));
    else known.add(by);
  }

  #listenersTo(subject: string): Client[] {
    const family = familyOf(subject);
    return [...(this.#listeners.get(subject) ?? []), ...(this.#listeners.get(family) ?? [])];
  }

  /** Core messages, to whoever listens and can be reached. */
  #tell(from: Client, { subject, data }: Taken): void {
    for (const to of this.#listenersTo(subject)) {
      if (!this.connections.has(to) || to.heardBy(subject).length === 0) continue;
      if (!this.reaches(from.server, to.server)) continue;
      const way = this.weather.ways.get(`${from.program.name}>${to.program.name}`);
      if (way !== undefined && this.random() < way.loss) continue;
      const lateMs = way === undefined ? 0 : this.random() * way.lateMs;
      to.down(() => to.hear(messageOf({ subject, data })), lateMs);
    }
  }

  #put(from: Client, stream: ReplicatedStream, { subject, data, reply, head }: Taken): void {
    const { late } = this.weather;
    const isLate = this.random() < late.part;
    const ms = this.latency() + (isLate ? this.random() * late.ms : 0);
    const store = (): void => {
      if (from.server === this.isolated) return;
      if (stream.leader === undefined) {
        if (this.random() < 0.5)
          this.#answer(from, messageOf({ subject: reply, data: "", code: 503 }));
        return;
      }
      const [id, expected] = [
        headerIn(head, "Nats-Msg-Id"),
        headerIn(head, "Nats-Expected-Last-Subject-Sequence"),
      ];
      const wish = {
        subject,
        data,
        id,
        expected: expected === undefined ? undefined : Number(expected),
        envelope: head.match(ENVELOPE)?.join("") ?? "",
      };
      const answer = stream.store(wish, this.time.now, ++this.#order);
      if ("seq" in answer && !answer.duplicate) {
        this.onStored(stream.name, stream.entries[answer.seq - 1]!, from.program);
        for (const consumer of this.consumers) if (consumer.stream === stream) consumer.wake();
      }
      const isLost = from.program.name !== OPERATOR && this.random() < this.weather.ackLoss;
      if (reply === "" || isLost) return;
      const said =
        "error" in answer
          ? {
              error: { code: 400, err_code: 10_071, description: answer.error },
              stream: stream.name,
            }
          : { stream: stream.name, seq: answer.seq, ...(answer.duplicate && { duplicate: true }) };
      this.#answer(from, messageOf({ subject: reply, data: JSON.stringify(said) }));
    };
    this.time.after(ms, store, "world");
  }

  #api(from: Client, taken: Taken): void {
    const [what, ...rest] = taken.subject.slice(API.length).split(".");
    if (what === "DIRECT") {
      const stream = this.stream(rest[1] ?? "");
      const replica = this.anyReplica(stream, from.server);
      if (replica === undefined) return;
      const subject = rest.slice(2).join(".");
      for (const msg of answerDirect({
        stream,
        replica,
        subject,
        taken,
        now: this.time.now,
        lies: this.lies,
      }))
        this.#answer(from, msg);
    } else if (what === "CONSUMER" && rest[0] === "MSG") {
      const [stream, name] = rest.slice(2);
      const asked = [...this.consumers].find(
        (each) => each.name === name && each.stream.name === stream,
      );
      asked?.ask(taken.data, taken.reply);
    } else throw new Error(`the simulation does not know ${taken.subject}`);
  }

  #answer(to: Client, msg: Msg): void {
    to.down(() => to.hear(msg));
  }
}

/** The pattern that leaves the last token free. */
export const familyOf = (subject: string): string =>
  `${subject.slice(0, subject.lastIndexOf("."))}.*`;

/** The stream at a subject. */
export function streamAt(subject: string): string {
  const slot = slotAt(subject);
  return slot === undefined
    ? otherStreamAt(subject)
    : mailboxStream(Math.floor((slot * STREAMS) / SLOTS));
}

/** Headers of a group's fact (`src/nats/ended.ts`). */
const ENVELOPE = /Posthorn-[^\r]*\r\n/g;

function headerIn(head: string, name: string): string | undefined {
  const at = head.indexOf(`${name}: `);
  if (at < 0) return undefined;
  const from = at + name.length + 2;
  return head.slice(from, head.indexOf("\r", from));
}

export const isMailbox = (stream: string): boolean => numberOf(stream) !== undefined;
