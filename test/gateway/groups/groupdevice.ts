import type { ServerFrame } from "../../../src/protocol/frames/frame.ts";
import type { Since } from "../../../src/protocol/frames/hello.ts";
import type { Groups } from "../../../src/gateway/groups/groups.ts";
import type { Connected } from "../../../src/gateway/session/addressee.ts";
import type { ModelLog } from "./model.ts";

interface Around {
  readonly groups: Groups;
  readonly sessions: Set<Device>;
  readonly log: ModelLog;
}

/** A device that keeps a cursor of each group, and what it was shown. */
export class Device {
  readonly user: string;
  readonly cursors = new Map<string, number>();
  readonly shown = new Map<string, number[]>();
  /** Up to where the views have told it of a group, instead of events. */
  readonly resynced = new Map<string, number[]>();
  readonly frames: ServerFrame[] = [];
  readonly wrong: string[] = [];
  readonly #around: Around;
  backlog = 0;
  #n = 0;
  on!: Connected;

  constructor(user: string, around: Around) {
    this.user = user;
    this.#around = around;
  }

  connect(forged: readonly Since[] = [], isCaughtUp = true): void {
    const { seq: head } = this.#around.log;
    const cursor = { seq: head, head, filling: false };
    const session = { is: "live", user: this.user, deviceId: "d", cursor };
    const isGone = { now: false };
    const hear = (text: string): void => {
      if (!isGone.now) this.#hear(text);
    };
    this.on = {
      key: { sessionId: `${this.user}-${this.#n++}-${Math.random()}`, resume: "" },
      session,
      wire: {
        share: ({ texts }: { texts: readonly string[] }) => texts.forEach(hear),
        backlog: this.backlog,
      },
      signal: hear,
      happen: () => this.leave(),
      begun: () => undefined,
      done: () => undefined,
    } as unknown as Connected;
    const since = [...this.cursors].map(([mailbox, seq]) => ({
      mailbox,
      epoch: "e",
      seq,
      ...(seq > 0 && { on: { seq, at: seq } }),
    }));
    this.#around.sessions.add(this);
    this.#around.groups.open(this.on, this.user, [...since, ...forged]);
    if (isCaughtUp) this.#around.groups.caughtUp(this.on);
    this.leave = () => {
      isGone.now = true;
      Object.assign(this.on, { session: { is: "closed" } });
      this.#around.sessions.delete(this);
      this.#around.groups.leave(this.on);
    };
  }

  leave: () => void = () => undefined;

  #hear(text: string): void {
    const frame = JSON.parse(text) as ServerFrame;
    this.frames.push(frame);
    switch (frame.t) {
      case "event":
        return this.#event(frame.mailbox, frame.seq, frame.prev);
      case "caughtUp":
        return this.#reach(frame.mailbox, frame.seq);
      case "follows":
        for (const { mailbox, seq } of frame.mailboxes) this.#reach(mailbox, seq);
        return;
      case "resync":
        // The event at its seq follows.
        this.resynced.set(frame.mailbox, [...(this.resynced.get(frame.mailbox) ?? []), frame.seq]);
        this.cursors.set(frame.mailbox, frame.seq - 1);
        return;
      default:
    }
  }

  #reach(group: string, seq: number): void {
    this.cursors.set(group, Math.max(seq, this.cursors.get(group) ?? 0));
  }

  #event(group: string, seq: number, prev: number): void {
    const cursor = this.cursors.get(group) ?? 0;
    if (!this.#around.log.may(this.user, group, seq))
      this.wrong.push(`${group}:${seq} is not for ${this.user}`);
    if (prev > cursor) this.wrong.push(`a gap before ${group}:${seq}: ${prev} > ${cursor}`);
    if (seq <= cursor) this.wrong.push(`${group}:${seq} comes again`);
    this.cursors.set(group, seq);
    this.shown.set(group, [...(this.shown.get(group) ?? []), seq]);
  }
}
