import { pino } from "pino";
import { expect, test } from "vitest";
import { Roster } from "../../src/actors/ownership/roster.ts";
import { RULES } from "../../src/events/since.ts";
import type { Replicated } from "../../src/nats/balance/leaders.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { LeaderWatch } from "../../src/roles/leaderwatch.ts";

const ALL = ["a", "b", "c"];
const MINUTE = 60_000;

/** Mailbox streams on three servers, led as is said, by a clock of the spec. */
class Servers {
  leaders: (string | undefined)[];
  /** Servers that have all of every stream. */
  ready = ALL;
  /** Leaders that stay where they are, whoever asks. */
  isStubborn = false;
  isDue = true;
  at = 0;
  /** The minutes at which a leader was moved. */
  readonly moved: number[] = [];
  readonly watch: LeaderWatch;

  constructor(...leaders: (string | undefined)[]) {
    this.leaders = leaders;
    this.watch = new LeaderWatch({
      streams: () => Promise.resolve(this.#streams()),
      move: ({ stream, to }) => {
        this.moved.push(this.at / MINUTE);
        const k = this.leaders.findIndex((_, each) => mailboxStream(each) === stream);
        if (!this.isStubborn) this.leaders[k] = to;
        return Promise.resolve(this.leaders[k]);
      },
      isDue: () => this.isDue,
      now: () => this.at,
      log: pino({ level: "silent" }),
    });
  }

  #streams(): Replicated[] {
    const [ready, kept] = [this.ready, ALL];
    return this.leaders.map((leader, k) => {
      const own = leader === undefined ? [] : ready;
      return { stream: mailboxStream(k), leader, ready: own, kept, replicas: 3 };
    });
  }

  /** Passes so many minutes, looking at the begin and at the end of each. */
  async pass(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i++) {
      await this.watch.look();
      this.at += MINUTE;
      await this.watch.look();
    }
  }
}

test("[O15] leaders that a restart has left with one server are spread when every replica has been whole for a minute, and then no more", async () => {
  const servers = new Servers("a", "a", "a", "a");
  servers.ready = ["a", "b"];
  await servers.pass(2);
  servers.ready = ALL;
  await servers.watch.look();
  servers.at += MINUTE - 1;
  await servers.watch.look();
  expect(servers.moved).toEqual([]);
  servers.at += 1;
  await servers.watch.look();
  expect(servers.leaders.map(String).toSorted()).toEqual(["a", "a", "b", "c"]);
  await servers.pass(3);
  expect(servers.moved).toEqual([3, 3]);
});

test("[O15] the minute begins anew where a replica lacked something meanwhile, or nobody led a stream", async () => {
  const servers = new Servers("a", "a", "a");
  const looks = async (): Promise<void> => {
    await servers.watch.look();
    servers.at += MINUTE / 2;
  };
  await looks();
  servers.ready = ["a", "b"];
  await looks();
  servers.ready = ALL;
  await looks();
  servers.leaders = ["a", "a", undefined];
  await looks();
  servers.leaders = ["a", "a", "a"];
  await looks();
  await servers.watch.look();
  expect(servers.moved).toEqual([]);
  servers.at += MINUTE / 2;
  await servers.watch.look();
  expect(servers.moved).not.toEqual([]);
});

test("[O15] leaders that stay all the same are asked again behind twice the time, an hour at most, and behind a minute once they were spread", async () => {
  const servers = new Servers("a", "a", "b", "c", "a");
  servers.isStubborn = true;
  for (let i = 0; i < 130; i++) await servers.pass(1);
  expect(servers.moved).toEqual([1, 3, 7, 15, 31, 63, 123]);
  servers.isStubborn = false;
  servers.leaders = ["a", "b", "c", "a", "b"];
  await servers.pass(1);
  servers.leaders = ["a", "a", "b", "c", "a"];
  await servers.pass(1);
  expect(servers.moved.at(-1)).toBe(132);
});

test("[O15] who is not the one to look moves nothing, and one that stops moves no other", async () => {
  const servers = new Servers("a", "a", "a", "a");
  servers.isDue = false;
  await servers.pass(3);
  expect(servers.moved).toEqual([]);
  servers.isDue = true;
  await servers.watch.look();
  servers.at += MINUTE;
  servers.watch.stop();
  await servers.watch.look();
  expect(servers.moved).toEqual([]);
});

test("[O15] of the hosts that are heard one is first, whoever looks, and the next where it has gone", () => {
  const hosts = ["ann", "bea", "cia"].map((host) => ({ host, incarnation: `${host}-1` }));
  let n = 0;
  const rosters = hosts.map((self) => new Roster(self, 0));
  const beats = (some: typeof hosts, from: number, to: number): void => {
    for (let at = from; at <= to; at += 500)
      for (const roster of rosters) {
        for (const host of some) {
          const words = { version: "1", rules: RULES, owned: [], load: 0, draining: false };
          roster.hear({ ...host, ...words, n: ++n }, at);
        }
        roster.tick(at, true);
      }
  };
  beats(hosts, 0, 3_000);
  expect(rosters.map((roster) => roster.isFirst(3_000))).toEqual([true, false, false]);
  beats(hosts.slice(1), 3_500, 6_500);
  expect(rosters.slice(1).map((roster) => roster.isFirst(6_500))).toEqual([true, false]);
});
