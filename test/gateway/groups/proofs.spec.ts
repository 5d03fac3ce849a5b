import { describe, expect, test } from "vitest";
import type { Entry } from "../../../src/events/entry.ts";
import type { Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { Proofs } from "../../../src/gateway/groups/proofs.ts";
import { groupHouse } from "./house.ts";
import { ModelClock } from "./model.ts";
import { courseAt, seatIn } from "./seat.ts";

/** Users whose membership ended in the group, by seq. */
const ENDS = new Map([
  [15, "ben"],
  [12, "cid"],
  [7, "ann"],
  [3, "ben"],
]);

/** A group whose head, 20, names the end before it; the log takes 5 ms. */
function room() {
  const clock = new ModelClock();
  const course = Object.assign(courseAt(20), { k: 3 });
  course.ends.begin({ seq: 20, endedBefore: 15 });
  const reads: [k: number, seq: number, ms: number][] = [];
  const served: Seat[] = [];
  const reached: number[] = [];
  const failures: string[] = [];
  const log: { answer: (entry: Entry) => readonly Entry[]; onServed: (seat: Seat) => void } = {
    answer: (entry) => [{ ...entry, owner: "g-2" }, { ...entry, seq: 1 }, entry],
    onServed: () => undefined,
  };
  const proofs = new Proofs({
    world: {
      begin() {
        throw new Error("so few ends are read one by one");
      },
      async groupFacts(k, [seq = 0]) {
        reads.push([k, seq, clock.now()]);
        await new Promise<void>((done) => clock.after(5, done));
        const endedBefore = [...ENDS.keys()].find((each) => each < seq);
        const ended = ENDS.get(seq);
        const entry = { kind: "group", owner: "g-1", seq, at: seq, raw: "{}" } as const;
        return log.answer({
          ...entry,
          ...(ended !== undefined && { ended }),
          ...(endedBefore !== undefined && { endedBefore }),
        });
      },
    },
    clock,
    coming: { size: 0 },
    serve(seat) {
      seat.course.drop(seat);
      served.push(seat);
      log.onServed(seat);
    },
    reach: (_course, seq) => void reached.push(seq),
    failed: (_error, words) => void failures.push(words),
  });
  /** A session that stands at `seq` in a membership from `from` on. */
  const seat = (user: string, from: number, seq: number): Seat =>
    seatIn(course, { ranges: [{ from }], seq }, user).seat;
  return { clock, course, reads, served, reached, failures, log, proofs, seat };
}

describe("[G3] who stands behind the begin of a membership", () => {
  test("is served when it is known whether that has ended before: the ends are read once for all, one by one, and no further back than anybody needs", async () => {
    const { clock, reads, served, proofs, seat } = room();
    const [ann, ben, cid] = [seat("ann", 5, 9), seat("ben", 10, 14), seat("cid", 10, 14)];
    for (const each of [ann, ben, cid]) proofs.ask(each, each.ranges[0]?.from ?? 0);
    await clock.pass(100);
    expect(reads.map(([k, seq]) => [k, seq])).toEqual([15, 12, 7].map((seq) => [3, seq]));
    expect(served).toEqual([ann, ben, cid]);
    expect([ann, ben, cid].map(({ endedAt, proven }) => [endedAt, proven])).toEqual([
      [7, 0],
      [0, 10],
      [12, 0],
    ]);
    const [dan, eve] = [seat("dan", 2, 9), seat("eve", 8, 9)];
    proofs.ask(dan, 2);
    // Nothing is to be read for her, and she waits for nobody.
    proofs.ask(eve, 8);
    expect(served.slice(3)).toEqual([eve]);
    await clock.pass(100);
    expect(served.slice(4)).toEqual([dan]);
    expect(reads.slice(3)).toEqual([[3, 3, 100]]);
  });

  test("and of what is not read yet waits until it is", async () => {
    const { clock, course, reads, served, reached, proofs, seat } = room();
    const ann = seat("ann", 8, 21);
    proofs.ask(ann, 8);
    await clock.pass(100);
    expect([reads, served, reached]).toEqual([[], [], [21]]);
    expect([...course.later]).toEqual([ann]);
    const ben = seat("ben", 16, 20);
    proofs.ask(ben, 16);
    expect(served).toEqual([ben]);
  });

  test.each([
    ["is not there", () => []],
    ["is of another group", (entry: Entry) => [{ ...entry, owner: "g-2" }]],
    ["is another fact", (entry: Entry) => [{ ...entry, seq: 14 }]],
    ["ends nothing", ({ ended: _, ...entry }: Entry) => [entry]],
    ["cannot be read", () => expect.unreachable("away")],
  ])("waits where an end %s, and that is read again in a second", async (_, answer) => {
    const { clock, reads, served, failures, log, proofs, seat } = room();
    const ok = log.answer;
    log.answer = answer;
    const [ann, ben] = [seat("ann", 12, 14), seat("ben", 10, 14)];
    proofs.ask(ann, 12);
    proofs.ask(ben, 10);
    await clock.pass(500);
    expect([served, failures]).toEqual([[], ["ends in a group not read; they are read again"]]);
    log.answer = ok;
    await clock.pass(1_000);
    expect(reads).toEqual([
      [3, 15, 0],
      [3, 15, 1_005],
      [3, 12, 1_010],
    ]);
    expect(served).toEqual([ann, ben]);
  });

  test("and has gone meanwhile is read for no more", async () => {
    const { clock, course, reads, served, proofs, seat } = room();
    const ann = seat("ann", 5, 9);
    proofs.ask(ann, 5);
    await clock.pass(7);
    course.drop(ann);
    await clock.pass(100);
    expect([reads.length, served]).toEqual([2, []]);
  });

  test("is not proven for a membership that it has no more", async () => {
    const { clock, served, proofs, seat } = room();
    const ann = seat("ann", 8, 9);
    proofs.ask(ann, 8);
    ann.ranges = [{ from: 30 }];
    await clock.pass(100);
    expect([served, ann.proven, ann.endedAt]).toEqual([[ann], 0, 0]);
  });

  test("is told nothing where more has ended than is kept, and that is said once", async () => {
    const { clock, course, served, failures, proofs, seat } = room();
    for (let n = 0; n < 20_000; n++)
      course.ends.add({ seq: 30 + n, ended: `u${n}`, endedBefore: 0 });
    for (const user of ["ann", "ben"]) {
      proofs.ask(seat(user, 5, 9), 5);
      await clock.pass(100);
    }
    const words = "a member is told nothing of a group";
    expect([served, failures]).toEqual([[], [words, words]]);
  });

  test("waits for nobody who was served in the same turn of the loop", async () => {
    for (let depth = 0; depth < 8; depth++) {
      const { clock, served, log, proofs, seat } = room();
      const [ann, ben] = [seat("ann", 8, 9), seat("ben", 2, 9)];
      const ask = (left: number): void => {
        if (left === 0) proofs.ask(ben, 2);
        else queueMicrotask(() => ask(left - 1));
      };
      log.onServed = (each) => void (each === ann && ask(depth));
      proofs.ask(ann, 8);
      await clock.pass(100);
      expect(served, `${depth} microtasks later`).toEqual([ann, ben]);
    }
  });
});

test("[G3] who was removed is told nothing by a forged cursor that lies behind that, though the group is known to reach so far, and not read yet", async () => {
  const { log, clock, spread, device, groups, world } = groupHouse();
  for (const joined of ["ann", "ben"]) spread(log.append("g-1", { joined }));
  const [ann, ben] = [device("ann"), device("ben")];
  ann.connect();
  await clock.pass(5_000);
  // Neither the gateway nor Ben's actor has heard of these.
  for (const change of [{ ended: "ben" }, {}, {}]) log.append("g-1", change);
  world.isUnhosted = true;
  ben.connect([{ mailbox: "g-1", epoch: "e", seq: 4, on: { seq: 4, at: 4 } }]);
  const ranges = [{ group: "g-1", from: 2 }];
  groups.told(ben.on, { kind: "follow", sessions: [], seq: log.seq, ranges, asked: true });
  await clock.pass(10_000);
  expect(ben.wrong).toEqual([]);
  expect(ben.frames.filter(({ t }) => t === "event")).toEqual([]);
  expect(ann.shown.get("g-1")).toEqual([1, 2, 3, 4, 5]);
});

test("[G3] where thousands have left, a member who comes back waits for some readings of the group, and not for one of each end", async () => {
  const { log, clock, spread, device, asked } = groupHouse();
  spread(log.append("g-1", { joined: "ann" }));
  const ann = device("ann");
  for (let i = 0; i < 1_000; i++) {
    const restless = `restless${i % 3}`;
    log.append("g-1", { joined: restless });
    log.append("g-1", { ended: restless });
    // Another group of the stream.
    if (i % 10 === 0) log.append("g-2", {});
  }
  const seq = log.facts("g-1").at(-3)?.seq ?? 0;
  ann.connect([{ mailbox: "g-1", epoch: "e", seq, on: { seq, at: seq } }]);
  await clock.pass(30_000);
  expect(ann.wrong).toEqual([]);
  expect(ann.shown.get("g-1")).toEqual(
    log
      .facts("g-1")
      .slice(-2)
      .map((fact) => fact.seq),
  );
  expect(asked.ends + asked.readings.length).toBeLessThan(40);
});
