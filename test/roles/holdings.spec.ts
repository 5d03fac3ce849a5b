import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { Roster } from "../../src/actors/ownership/roster.ts";
import type { Host } from "../../src/events/owner.ts";
import { RULES } from "../../src/events/since.ts";
import { Holdings } from "../../src/roles/holdings.ts";
import type { Tenure } from "../../src/roles/tenure.ts";
import { Stream } from "../actors/stream.ts";
import { PATIENCE } from "../support/patience.ts";

const self: Host = { host: "a", incarnation: "a1" };

const BEAT = { n: 1, version: "1", rules: RULES, owned: [], load: 0, draining: false };

/** A stream whose questions for its last word are answered when the spec says so. */
class Slow extends Stream {
  readonly asked: { resolve: () => void; reject: (error: Error) => void }[] = [];

  override async owner() {
    await new Promise<void>((resolve, reject) => this.asked.push({ resolve, reject }));
    return this.said;
  }
}

/** Tries again at once, as often as the spec needs. */
async function patiently(attempt: () => Promise<void>): Promise<void> {
  await attempt().catch(attempt).catch(attempt);
}

test("a stream is begun once, however often others hint at it while the broker says nothing", async () => {
  const stream = new Slow(0);
  const { asked } = stream;
  const begun: number[] = [];
  const holdings = new Holdings({
    self,
    roster: new Roster(self, 0),
    streams: [{ log: stream, records: stream }],
    begin: async ({ claim }) => {
      begun.push(claim);
      return { claim, done: new Promise<void>(() => undefined) } as Tenure;
    },
    connected: () => true,
    patiently,
    now: () => performance.now(),
    log: pino({ level: "silent" }),
  });
  const started = holdings.start();
  for (const silent of [0, 1]) {
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(silent), PATIENCE);
    holdings.lookAt(0, true);
    asked[silent]?.reject(new Error("timeout"));
  }
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2), PATIENCE);
  asked[2]?.resolve();
  await vi.waitFor(() => expect(begun).toHaveLength(1), PATIENCE);
  for (const answer of asked) answer.resolve();
  await started;
  expect(begun).toHaveLength(1);
});

test("[O2] a stream that cannot be begun is tried once a second, whoever hints at it, and told once a minute and in readiness", async () => {
  const stream = new Stream(0);
  const roster = new Roster(self, 0);
  const told: string[] = [];
  let [now, tries] = [10_000, 0];
  let outcome = (): Promise<Tenure> => Promise.reject(new Error("a record cannot be read"));
  const holdings = new Holdings({
    self,
    roster,
    streams: [{ log: stream, records: stream }],
    begin: () => {
      tries++;
      return outcome();
    },
    connected: () => true,
    patiently,
    now: () => now,
    log: pino({}, { write: (line: string) => void told.push(line) }),
  });
  for (let second = 1; second <= 3; second++) {
    for (let hint = 0; hint < 20; hint++) {
      holdings.lookAt(0, true);
      await new Promise((done) => setImmediate(done));
    }
    expect(tries).toBe(second);
    now += 1_000;
  }
  expect(told.filter((line) => line.includes("actors not started again yet"))).toHaveLength(1);
  expect(holdings.setbacks.isStuck).toBe(true);
  // By somebody else's claim it is no trouble of this host.
  const { owner } = stream.said;
  roster.hear({ ...BEAT, host: "b", incarnation: "b1" }, now);
  stream.put("owner", "0", { ...owner, owner: { host: "b", incarnation: "b1" } });
  expect(holdings.setbacks.isStuck).toBe(false);
  stream.put("owner", "0", owner);
  outcome = async () => ({ claim: 9, done: new Promise<void>(() => undefined) }) as Tenure;
  holdings.lookAt(0, true);
  await vi.waitFor(() => expect(holdings.tenures[0]?.claim).toBe(9), PATIENCE);
  expect(holdings.setbacks.isStuck).toBe(false);
});

/** A host whose stream is due to another one, and what happens to it, in order. `save`: the snapshots of its actors. */
async function leaving(save: () => Promise<void>) {
  const done: string[] = [];
  const stream = new Stream(0);
  const say = stream.say.bind(stream);
  stream.say = (owner, after) => {
    done.push(`given to ${owner.owner?.host ?? "nobody"}`);
    return say(owner, after);
  };
  const roster = new Roster(self, 0);
  const tenure = {
    done: new Promise<void>(() => undefined),
    save: () => save().then(() => void done.push("saved")),
    retire: async () => void done.push("retired"),
  };
  const holdings = new Holdings({
    self,
    roster,
    streams: [{ log: stream, records: stream }],
    begin: async ({ claim }) => ({ ...tenure, claim }) as unknown as Tenure,
    connected: () => true,
    patiently,
    now: () => 1_000,
    log: pino({ level: "silent" }),
  });
  await holdings.start();
  expect(done).toEqual(["given to a"]);
  return {
    done,
    holdings,
    others: () => roster.hear({ ...BEAT, host: "b", incarnation: "b1" }, 1_000),
  };
}

test("[A15] a stream is given to another host behind the snapshots of its actors", async () => {
  let write = (): void => undefined;
  const { done, holdings, others } = await leaving(() => new Promise((saved) => (write = saved)));
  others();
  const stopped = holdings.stop();
  await new Promise((go) => setImmediate(go));
  expect(done).toEqual(["given to a"]);
  write();
  await stopped;
  expect(done).toEqual(["given to a", "saved", "given to b", "retired"]);
});

test("[A15] where nobody takes a stream over, no snapshot is waited for", async () => {
  const { done, holdings } = await leaving(() => new Promise(() => undefined));
  await holdings.stop();
  expect(done).toEqual(["given to a", "retired", "given to nobody"]);
});
