import { ownedBy } from "../../../src/actors/ownership/claiming.ts";
import { Roster } from "../../../src/actors/ownership/roster.ts";
import { claims, heir, type Outlook } from "../../../src/actors/ownership/succession.ts";
import type { Host, Owner } from "../../../src/events/owner.ts";
import { RULES } from "../../../src/events/since.ts";
import type { Beat } from "../../../src/protocol/internal/beat.ts";
import type { Mailboxes } from "./brokers.ts";
import { Run, type Around } from "./runs.ts";

/** A host that runs actors, in one of its starts after another; it may be killed, paused or cut off. */
export class Node {
  readonly name: string;
  self: Host;
  isUp = true;
  pausedUntil = 0;
  cutUntil = 0;
  readonly runs = new Map<number, Run>();
  #starts = 0;
  readonly #around: Around;
  #outlook!: Outlook;
  readonly #claiming = new Map<number, number>();
  #beats = 0;
  #handedAt = 0;
  #leaving = false;
  #upset = 0;

  constructor(name: string, around: Around) {
    this.name = name;
    this.#around = around;
    this.self = { host: name, incarnation: "" };
    this.start();
  }

  start(): void {
    const { streams, broken, now } = this.#around;
    this.self = { host: this.name, incarnation: `${this.name}.${++this.#starts}` };
    const roster = new Roster(this.self, 100 * now());
    if (broken.distrustsItself === false) roster.tick = () => undefined;
    this.#outlook = { self: this.self, rules: RULES, roster, streams: streams.length };
    this.isUp = true;
    this.#upset = now();
    this.#leaving = false;
    this.pausedUntil = this.cutUntil = 0;
  }

  kill(): void {
    this.isUp = false;
    for (const run of this.runs.values()) run.die();
    this.runs.clear();
    this.#claiming.clear();
  }

  leave(): void {
    this.#leaving = true;
  }

  get runsNow(): boolean {
    return this.isUp && this.pausedUntil <= this.#around.now();
  }
  get isConnected(): boolean {
    return this.cutUntil <= this.#around.now();
  }

  /** Ticks for which it has run and been connected. */
  get calmFor(): number {
    return this.runsNow && this.isConnected ? this.#around.now() - this.#upset : 0;
  }

  hear(beat: Beat): void {
    this.#outlook.roster.hear(beat, 100 * this.#around.now());
  }

  tick(): void {
    const { now, random, streams } = this.#around;
    if (!this.runsNow || !this.isConnected) this.#upset = now();
    if (!this.runsNow) return;
    if (this.isConnected) for (const run of this.runs.values()) this.#work(run);
    if (now() % 5 !== 0) return;
    this.#outlook.roster.tick(100 * now(), this.isConnected);
    this.#beat();
    if (!this.isConnected) return;
    for (const [k, stream] of streams.entries())
      if (this.runs.has(k)) this.#offer(k, stream);
      else if (!this.#leaving) this.#watch(k, stream, stream.anyEnd(random));
    if (this.#leaving && this.runs.size === 0) this.kill();
  }

  #work(run: Run): void {
    const { random } = this.#around;
    if (!run.take()) {
      run.save();
      this.runs.delete(run.k);
    } else if (random() < 0.3) run.save();
    if (random() < 0.15) run.snapshot();
  }

  #beat(): void {
    this.#around.beat(this, {
      ...this.self,
      n: this.#beats++,
      version: "1",
      rules: RULES,
      owned: [...this.runs.values()].map(({ k, claim }) => [k, claim]),
      load: 0,
      draining: this.#leaving,
    });
  }

  /** Claims what is due. */
  #watch(k: number, stream: Mailboxes, upTo: number): void {
    const { now, broken } = this.#around;
    const said = stream.said(upTo);
    // An answer that does not come is waited for no longer.
    if (said === undefined || now() - (this.#claiming.get(k) ?? -100) < 50) return;
    if (broken.claimsOwnEntry === false && said.owner.owner?.host === this.name) return;
    if (!claims(this.#outlook, k, said.owner, 100 * now())) return;
    this.#claiming.set(k, now());
    const event = ownedBy(said.owner, this.self);
    this.#say(k, event, said.seq, (seq) => this.#claimed(k, event, seq));
  }

  #claimed(k: number, event: Owner, seq: number | undefined): void {
    this.#claiming.delete(k);
    if (seq === undefined || this.runs.has(k)) return;
    const saved = this.#around.streams[k]!.checkpoint;
    if (saved < seq || this.#around.broken.claimsTwice === false)
      return void this.runs.set(k, new Run(this, this.#around, k, seq));
    this.#say(k, event, seq, (second) => {
      if (second !== undefined && !this.runs.has(k))
        this.runs.set(k, new Run(this, this.#around, k, second));
    });
  }

  #offer(k: number, stream: Mailboxes): void {
    const now = this.#around.now();
    const said = stream.said(stream.end)!;
    if (!this.#leaving && now - this.#handedAt < 10) return;
    const to = heir(this.#outlook, k, said.owner, { leaving: this.#leaving, now: 100 * now });
    if (to === undefined) return;
    this.#handedAt = now;
    this.#say(k, ownedBy(said.owner, to), said.seq, () => undefined);
  }

  #say(k: number, event: Owner, after: number, done: (seq: number | undefined) => void): void {
    this.#around.publish(this, k, { kind: "owner", owner: `${k}`, event, after }, done);
  }
}
