import type { Since } from "../../../src/protocol/frames/hello.ts";
import type { GroupRange } from "../../../src/protocol/internal/routes.ts";
import { groupHouse } from "./house.ts";

/** A cursor of a client. */
export const at = (mailbox: string, seq: number): Since => ({ mailbox, epoch: "e", seq });
/** Ranges of ann. */
export const [G1, G2] = [
  { group: "g-1", from: 1 },
  { group: "g-2", from: 2 },
] as const;

/** Words of her actor. */
export const WORD = { kind: "follow", sessions: [], seq: 9, ranges: [] } as const;
export const ANSWER = { ...WORD, asked: true } as const;

/** ann is in two groups; her actor says what the test says. */
export function told() {
  const house = groupHouse();
  const { log, device, groups, world, spread } = house;
  for (const group of ["g-1", "g-2"]) spread(log.append(group, { joined: "ann" }));
  spread(log.append("g-1"));
  world.isUnhosted = true;
  const ann = device("ann");
  const say = (ranges: readonly GroupRange[], seq = 9, isAnswer = false): void =>
    groups.told(ann.on, { ...(isAnswer ? ANSWER : WORD), seq, ranges });
  const answer = (...ranges: readonly GroupRange[]): void => say(ranges, 9, true);
  return { ...house, ann, say, answer };
}

/** ann is live in the first group, of which ben has the gateway know all. */
export async function live() {
  const house = told();
  const { log, device, groups, clock, ann, answer } = house;
  log.append("g-1", { joined: "ben" });
  const ben = device("ben");
  ben.connect();
  groups.told(ben.on, { ...WORD, ranges: [{ group: "g-1", from: 4 }] });
  await clock.pass(1_000);
  ann.connect();
  answer(G1);
  await clock.pass(1_000);
  return { ...house, ben };
}
