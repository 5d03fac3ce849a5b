import type { Msg } from "@nats-io/transport-node";
import type { Cluster } from "./cluster.ts";
import type { Connection } from "./connection.ts";
import { messageOf } from "./messages.ts";
import type { Replica, ReplicatedStream } from "./stream.ts";

interface Open {
  left: number;
  readonly until: number;
  readonly beats: boolean;
  readonly reply: string;
}

const HEARTBEAT_MS = 1_000;
/** Nobody asks: it is forgotten. */
const INACTIVE_MS = 15_000;

/** An ordered, un-acknowledged pull consumer of one replica: it brings what that replica has, and no more. */
export class PullConsumer {
  readonly name: string;
  readonly stream: ReplicatedStream;
  readonly replica: Replica;
  readonly #cluster: Cluster;
  readonly #to: Connection;
  readonly #open: Open[] = [];
  #next: number;
  #delivered = 0;
  #idleSince: number;
  #wakeAt = Number.POSITIVE_INFINITY;
  #gone = false;

  constructor(
    cluster: Cluster,
    to: Connection,
    stream: ReplicatedStream,
    { name, from }: { name: string; from: number },
  ) {
    this.#cluster = cluster;
    this.#to = to;
    this.stream = stream;
    this.name = name;
    this.#next = from;
    const up = stream.replicas.filter(
      ({ server }) => cluster.isUp[server] && server !== cluster.isolated,
    );
    this.replica = up[cluster.below(up.length)]!;
    this.#idleSince = cluster.time.now;
    cluster.consumers.add(this);
    this.#tick();
  }

  ask(text: string, reply: string): void {
    const { time } = this.#cluster;
    const {
      batch,
      expires = 0,
      idle_heartbeat: beat,
      no_wait: now,
    } = JSON.parse(text) as {
      batch: number;
      expires?: number;
      idle_heartbeat?: number;
      no_wait?: boolean;
    };
    const until = now === true ? 0 : time.now + expires / 1e6;
    this.#open.push({ left: batch, until, beats: beat !== undefined, reply });
    this.#idleSince = time.now;
    this.#deliver();
    this.#close();
  }

  /** Something was stored. */
  wake(): void {
    const { time } = this.#cluster;
    const entry = this.stream.entries[this.#next - 1];
    if (this.#gone || entry === undefined || this.#open.length === 0) return;
    const { lagMs, stuckUntil } = this.replica;
    const at = Math.max(entry.at + lagMs, stuckUntil, time.now);
    if (this.#wakeAt <= at && this.#wakeAt >= time.now) return;
    this.#wakeAt = at;
    time.after(
      at - time.now,
      () => {
        this.#wakeAt = Number.POSITIVE_INFINITY;
        this.#deliver();
      },
      "world",
    );
  }

  /** Its server has ended, or it was deleted. */
  end(): void {
    this.#gone = true;
    this.#cluster.consumers.delete(this);
  }

  /** Does what it says come to its reader? */
  get #isHeard(): boolean {
    const { server } = this.replica;
    return this.#cluster.isUp[server] === true && this.#cluster.reaches(server, this.#to.server);
  }

  #deliver(): void {
    const { time } = this.#cluster;
    if (this.#gone || !this.#isHeard) return;
    const upTo = this.stream.reach(this.replica, time.now);
    const msgs: { inbox: string; msg: Msg }[] = [];
    for (let [open] = this.#open; open !== undefined && this.#next <= upTo; [open] = this.#open) {
      const { seq, subject, data, ns, envelope } = this.stream.entries[this.#next++ - 1]!;
      const reply = `$JS.ACK.${this.stream.name}.${this.name}.1.${seq}.${++this.#delivered}.${ns}.0`;
      const head = envelope ? `NATS/1.0\r\n${envelope}\r\n` : "";
      msgs.push({ inbox: open.reply, msg: messageOf({ subject, data, reply, head }) });
      if (--open.left === 0) this.#open.shift();
    }
    if (msgs.length > 0) {
      this.#idleSince = time.now;
      this.#to.down(() => {
        for (const { inbox, msg } of msgs)
          for (const { hear } of this.#to.heardBy(inbox)) hear(null, msg);
      });
    }
    this.wake();
  }

  /** Once a second: heartbeats, and questions that are over. */
  #tick(): void {
    const { time } = this.#cluster;
    if (this.#gone) return;
    if (this.#to.program.is === "dead" || time.now - this.#idleSince > INACTIVE_MS + 30_000)
      return this.end();
    this.#close();
    const [open] = this.#open;
    if (open?.beats === true && time.now - this.#idleSince >= HEARTBEAT_MS && this.#isHeard)
      this.#say(open.reply, 100);
    if (this.#isHeard) this.#deliver();
    time.after(HEARTBEAT_MS, () => this.#tick(), "world");
  }

  #close(): void {
    const { time } = this.#cluster;
    for (const open of this.#open.splice(0)) {
      if (open.until > time.now) this.#open.push(open);
      else if (this.#isHeard)
        this.#say(open.reply, open.until === 0 ? 404 : 408, {
          "Nats-Pending-Messages": `${open.left}`,
        });
    }
  }

  #say(inbox: string, code: number, headers: Record<string, string> = {}): void {
    const msg = messageOf({ subject: inbox, data: "", code, headers });
    this.#to.down(() => this.#to.hear(msg));
  }
}
