import { positionOf } from "../../../src/events/position.ts";
import type { Tick } from "../../../src/events/tick.ts";
import type { GroupRecord, GroupRange } from "../../../src/protocol/internal/routes.ts";
import { Groups, type GroupsParts } from "../../../src/gateway/groups/groups.ts";
import { Device } from "./groupdevice.ts";
import { entryOf, ModelClock, ModelLog, type ModelFact } from "./model.ts";

/** Faults of the world around a gateway, in [0, 1]. */
export interface Faults {
  readonly lost: number;
  readonly late: number;
  readonly stale: number;
  readonly failing: number;
}
const NO_FAULTS: Faults = { lost: 0, late: 0, stale: 0, failing: 0 };

/** A gateway's groups over a log in memory, with hosts and actors that are as good as the faults allow. */
export function groupHouse(faults: Faults = NO_FAULTS, random: () => number = () => 0.5) {
  const log = new ModelLog();
  const clock = new ModelClock();
  const hearers = new Map<string, (record: GroupRecord) => void>();
  const sessions = new Set<Device>();
  const gathered: { group: string; tick: Tick }[] = [];
  const receipts: object[] = [];
  const asked = {
    heads: 0,
    headsAtOnce: 0,
    readings: [] as string[],
    ends: 0,
    follows: 0,
    named: [] as (readonly string[])[],
    pages: 0,
    open: 0,
  };
  const failures: string[] = [];
  const audiences: (readonly string[])[] = [];
  let asking = 0;
  const world = {
    isDeaf: false,
    isFailing: false,
    isUnhosted: false,
    isDead: false,
    isBlank: false,
    epoch: "e",
  };
  /** The seq from which on the log is in its second generation. */
  const marks = { from: Number.POSITIVE_INFINITY };
  const chance = (p: number): boolean => random() < p;
  const delay = (): number => (chance(faults.late) ? random() * 4_000 : random() * 20);
  const later = (ms: number, run: () => void): void => void clock.after(ms, run);
  const wait = (ms: number): Promise<void> => new Promise((done) => later(ms, done));
  const fail = (): void => {
    if (world.isFailing || chance(faults.failing)) throw new Error("away");
  };
  const behind = (): number => log.seq - (chance(faults.stale) ? Math.floor(random() * 6) : 0);

  const tell = (
    device: Device,
    ranges: readonly GroupRange[],
    knows: number,
    isAsked: boolean,
  ): void => {
    if (chance(faults.lost)) return;
    later(delay(), () => {
      if (!sessions.has(device)) return;
      const record = { kind: "follow", sessions: [], seq: knows, ranges } as const;
      groups.told(device.on, isAsked ? { ...record, asked: true } : record);
    });
  };

  const parts: GroupsParts = {
    world: {
      get gatewayId() {
        return world.isDead ? undefined : "gw";
      },
      epochOf: () => world.epoch,
      positionAt: (_group, seq) => positionOf(seq < marks.from ? 0 : 1, seq),
      streamOf: (group) => (group === "g-3" ? 1 : 0),
      attend(group, hear) {
        hearers.set(group, hear);
        return () => void hearers.delete(group);
      },
      audience: ({ groups: named }) => void audiences.push(named),
      begin(group, after) {
        asked.readings.push(`${group} ${after}`);
        asked.open++;
        return {
          after,
          stop: () => void asked.open--,
          async *pages(upTo: number) {
            await wait(random() * 10);
            fail();
            const all = log.facts(group).filter(({ seq }) => seq > after && seq <= upTo);
            for (let i = 0; i < all.length; i += 3) {
              const entries = all.slice(i, i + 3).map(entryOf);
              asked.pages++;
              yield { entries, pending: all.length - i - entries.length };
              await wait(1);
            }
          },
        };
      },
      async groupHeads(_k, groups_, atLeast) {
        asked.heads++;
        asked.headsAtOnce = Math.max(asked.headsAtOnce, ++asking);
        const upTo = Math.max(atLeast, behind());
        await wait(random() * 10);
        asking--;
        fail();
        if (world.isBlank) return new Map();
        return new Map(
          groups_.flatMap((group) => {
            const last = log.facts(group).findLast(({ seq }) => seq <= upTo);
            return last === undefined ? [] : [[group, last] as const];
          }),
        );
      },
      async groupFacts(_k, seqs) {
        asked.ends++;
        await wait(1);
        fail();
        return all(log)
          .filter(({ seq }) => seqs.includes(seq))
          .map(entryOf);
      },
      async gather(group, tick) {
        await wait(5);
        fail();
        gathered.push({ group, tick });
        return ++log.seq;
      },
      follow({ user, session, groups: named }) {
        asked.named.push(named);
        const device = [...sessions].find(({ on }) => on.key.sessionId === session);
        if (device === undefined) return;
        const knows = behind();
        const ranges = log
          .ranges(user, knows)
          .filter(({ group, upTo }) => upTo === undefined || named.includes(group));
        asked.follows++;
        if (!world.isUnhosted) tell(device, ranges, knows, true);
      },
      async receipt(_user, _session, event) {
        fail();
        receipts.push(event);
        return { event };
      },
    },
    clock,
    queueBytes: 1024 * 1024,
    coming: { size: 0 },
    beaten: () => 0,
    confirms: () => true,
    stored: () => undefined,
    failed: (_, words) => void failures.push(words),
  };
  const groups = new Groups(parts);

  /** The group has accepted something: its host tells, and the actors of those whom it lets in or out hear of it. */
  const spread = (fact: ModelFact): ModelFact => {
    const { group, seq, prev, ended, endedBefore, joined } = fact;
    const record: GroupRecord = {
      kind: "event",
      seq,
      prev,
      ...(ended !== undefined && { ended }),
      ...(endedBefore > 0 && { endedBefore }),
      members: log.members(group).size,
      frame: `{"t":"event","mailbox":"${group}","seq":${seq},"prev":${prev},"at":${seq},"event":{}}`,
    };
    for (let times = chance(faults.late) ? 2 : 1; times > 0; times--)
      if (!world.isDeaf && !chance(faults.lost)) later(delay(), () => hearers.get(group)?.(record));
    const user = joined ?? ended;
    later(delay(), () => {
      const open = log.ranges(user ?? "", seq).filter((range) => range.upTo === undefined);
      const over = log.ranges(user ?? "", seq).filter(({ upTo }) => upTo === seq);
      for (const device of sessions)
        if (device.user === user) tell(device, [...over, ...open], seq, false);
    });
    return fact;
  };
  const device = (user: string): Device => new Device(user, { groups, sessions, log });
  const beat = (group: string): void =>
    groups.heard([{ group, seq: log.facts(group).at(-1)?.seq ?? 0 }]);
  return {
    log,
    clock,
    groups,
    world,
    marks,
    spread,
    device,
    beat,
    gathered,
    receipts,
    asked,
    failures,
    audiences,
    hearers,
  };
}

const all = (log: ModelLog): readonly ModelFact[] =>
  ["g-1", "g-2", "g-3"].flatMap((group) => log.facts(group));
