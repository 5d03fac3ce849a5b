import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../src/nats/connection.ts";
import { lastOwner } from "../../../src/nats/owners.ts";
import { device, dial, type Device, type Frame } from "../../support/device.ts";
import { answer, siege } from "../../support/siege.ts";
import { silent } from "../../support/silent.ts";
import { streamsOf } from "../../support/streams.ts";

/** Cursors tried, and how many at once: an address has 200 sockets that have not said hello. */
const FORGED = 1_000;
const AT_ONCE = 16;

const { attack, app } = siege({
  PARTITIONS: "1",
  DEVICE_HELLOS_BURST: "2000",
  USER_HELLOS_BURST: "2000",
  SOCKETS_PER_DEVICE: "100",
});
let mallory: Device;
let alice: Device;
beforeAll(async () => {
  [mallory, alice] = await Promise.all([device(app(), "mallory"), device(app(), "alice")]);
  for (const n of [1, 2, 3])
    await answer(mallory, { t: "send", cid: `m.${n}`, to: "alice", body: `${n}` });
  await alice.until(({ event }) => event?.body === "3");
});
afterAll(() => Promise.all([mallory, alice].map((each) => each?.close())));

/** Pseudo-random, so that a run that fails can be had again. */
function dice(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The knowledge of a forger: events of the own mailbox and of another's, as frames said them. */
interface Known {
  readonly epoch: string;
  readonly mine: readonly Frame[];
  readonly theirs: readonly Frame[];
}

type Forgery = (known: Known, random: (below: number) => number) => object;
const pick = <T>(from: readonly T[], random: (below: number) => number): T =>
  from[random(from.length)]!;
const on = ({ seq, at }: Frame, more: object = {}): object => ({ seq, at, ...more });
const BAD_NUMBERS = [-1, -(2 ** 40), 1.5, 2 ** 53, 1e300, Number.NaN, Infinity, "7", [], {}, true];
const high = (random: (below: number) => number): number => 2 ** 20 + random(2 ** 31);

/** Each cannot be the true cursor of this device, by one thing that is wrong. */
const FORGERIES: Record<string, Forgery> = {
  "of a random epoch": (_, random) => ({ epoch: `e${random(1e9)}`, seq: random(2 ** 31) }),
  "far in the future": ({ epoch }, random) => ({ epoch, seq: high(random) }),
  "at the end of all numbers": ({ epoch }) => ({ epoch, seq: Number.MAX_SAFE_INTEGER }),
  "whose seq is none": ({ epoch }, random) => ({ epoch, seq: pick(BAD_NUMBERS, random) }),
  "without a seq": ({ epoch }) => ({ epoch }),
  "with another field": ({ epoch }) => ({ epoch, seq: 1, generation: 1 }),
  "that stands on its own event at another time": ({ epoch, mine }, random) => {
    const event = pick(mine, random);
    return { epoch, seq: event["seq"], on: on(event, { at: event["at"] + 1 + random(1e6) }) };
  },
  "that stands on an event of somebody else": ({ epoch, mine, theirs }, random) => ({
    epoch,
    seq: mine.at(-1)!["seq"],
    on: on(theirs[random(theirs.length)]!),
  }),
  "that stands on a generation that has not begun": ({ epoch, mine }, random) => {
    const event = pick(mine, random);
    return { epoch, seq: event["seq"], on: on(event, { generation: 1 + random(511) }) };
  },
  "that stands on a generation that is none": ({ epoch, mine }, random) => ({
    epoch,
    seq: 1,
    on: on(pick(mine, random), { generation: pick([...BAD_NUMBERS, 512], random) }),
  }),
  "that stands ahead of itself": ({ epoch }, random) => ({
    epoch,
    seq: 1,
    on: { seq: high(random), at: random(1e9) },
  }),
  "that stands on a seq that is none": ({ epoch }, random) => ({
    epoch,
    seq: 1,
    on: { seq: pick(BAD_NUMBERS, random), at: 1 },
  }),
  "that stands on a time that is none": ({ epoch, mine }, random) => ({
    epoch,
    seq: 1,
    on: on(pick(mine, random), { at: pick(BAD_NUMBERS, random) }),
  }),
  "that stands on a text": ({ epoch }) => ({ epoch, seq: 1, on: "1042" }),
  "that stands on too much": ({ epoch, mine }, random) => ({
    epoch,
    seq: 1,
    on: on(pick(mine, random), { position: 1 }),
  }),
};

const events = ({ frames }: Device): Frame[] => frames.filter(({ t }) => t === "event");

describe("[M9] a thousand forged cursors", () => {
  attack(
    "are refused by the field, or resynchronise that device: no generation begins",
    async (at) => {
      const { epoch } = mallory.frames.find(({ t }) => t === "welcome")! as unknown as {
        epoch: string;
      };
      const seqs = new Set(events(mallory).map((frame): number => frame["seq"]));
      const theirs = events(alice).filter((frame) => !seqs.has(frame["seq"]));
      const known = { epoch, mine: events(mallory), theirs };
      const token = await at.token("mallory");
      const random = dice(18);
      const outcomes = new Map<string, number>();
      const names = Object.keys(FORGERIES);
      const forge = async (n: number): Promise<void> => {
        const name = names[n % names.length]!;
        const since = { mailbox: "mallory", ...FORGERIES[name]!(known, random) };
        const back = await dial(at, "mallory");
        back.say({ t: "hello", token, deviceId: `d${n % 8}`, since: [since] });
        const told = await back.until(({ t }) => t !== "welcome");
        const said = JSON.stringify({ name, since, told });
        if (told.t === "error") {
          expect(told["field"], said).toMatch(/^since\.0\./);
          expect(told["code"], said).toMatch(/^frame\.(invalid|unknown_field)$/);
        } else expect(told.t, said).toBe("resync");
        const outcome = told.t === "error" ? told["code"] : told["reason"];
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        await back.close();
      };
      for (let n = 0; n < FORGED; n += AT_ONCE)
        await Promise.all(
          Array.from({ length: Math.min(AT_ONCE, FORGED - n) }, (_, i) => forge(n + i)),
        );
      expect([...outcomes.keys()].toSorted()).toEqual([
        "epoch",
        "frame.invalid",
        "frame.unknown_field",
        "rolled-back",
      ]);
      for (const bystander of [mallory, alice])
        expect(bystander.frames.some(({ t }) => t === "resync")).toBe(false);
      const { seq } = known.mine.at(-1)!;
      const honest = await device(at, "mallory", { epoch, seq, on: on(known.mine.at(-1)!) as Own });
      expect(honest.frames.some(({ t }) => t === "resync")).toBe(false);
      await honest.close();
    },
  );
});

test("[M9] and the log has begun no generation for any of them", async () => {
  expect(await marks(app().broker.url)).toEqual([]);
});

type Own = { seq: number; at: number };

/** Marks of generations in the log. */
async function marks(url: string): Promise<unknown> {
  const link = await connect({ url }, "spec", silent);
  try {
    const { jsm } = await streamsOf(link, { partitions: 1, replicas: 1 });
    return (await lastOwner(jsm, 0))?.owner.marks;
  } finally {
    await link.nc.close();
  }
}
