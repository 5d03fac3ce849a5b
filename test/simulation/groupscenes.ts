import { groupIdOf } from "../../src/rules/groupid.ts";
import { randomOf } from "../support/random.ts";
import type { GroupDeed } from "./groupplan.ts";
import { partitionOf } from "./machines.ts";
import { PEOPLE, type Fault, type Plan } from "./plan.ts";

/** Scenes of groups that chance hardly ever makes: each is set so that one rule alone keeps a promise in it. */

/** The device by which everybody's group is made, as its first word. */
const MAKER = { user: "alice", device: 0 } as const;
const GROUP = groupIdOf(MAKER.user, "alice0.1");
/** The group's stream, and the other one. */
const K = partitionOf(GROUP);
const USERS = PEOPLE.map(([user]) => user);

const deed = (
  at: number,
  user: string,
  does: GroupDeed["does"],
  ...others: readonly string[]
): GroupDeed => ({ at, user, device: 0, group: 0, does, others });

const sceneOf = (seed: number, faults: readonly Fault[], deeds: readonly GroupDeed[]): Plan => ({
  seed,
  hosts: 2,
  gateways: 2,
  windowMs: 3_000,
  faults,
  sends: [],
  deeds,
});

const somebody = (isSuch: (user: string) => boolean): string =>
  USERS.find((user) => user !== MAKER.user && isSuch(user)) ?? "";

/**
 * Somebody is removed whose actor hears of it late, since the group's stream cannot save the anchor that its word to another stream waits
 * for. Others go on writing, and both gateways begin anew: they have not heard the end of that membership, and it is not the last fact.
 */
export function lateRemoval(seed: number): Plan {
  const away = somebody((user) => partitionOf(user) !== K);
  const faults: Fault[] = [
    { at: 4_000, forMs: 6_000, does: "leaderless", stream: `CHECKPOINT_${K}` },
    ...["g0", "g1"].map((machine): Fault => ({ at: 5_000, forMs: 300, does: "kill", machine })),
  ];
  return sceneOf(seed, faults, [
    deed(1_400, MAKER.user, "create", ...USERS.filter((user) => user !== MAKER.user)),
    deed(2_500, MAKER.user, "send"),
    deed(4_200, MAKER.user, "remove", away),
    ...[4_500, 4_600, 6_500].map((at) => deed(at, MAKER.user, "send")),
  ]);
}

/**
 * All hosts die between a decision and its fact, which cannot be stored just then, and a checkpoint is saved in between. Nobody says
 * anything of the group behind that: who starts has only the copy to load it by.
 */
export function unstated(seed: number): Plan {
  const at = 4_000 + Math.floor(randomOf(seed)() * 40);
  return sceneOf(
    seed,
    [
      { at, forMs: 2_500, does: "leaderless", stream: `MAILBOX_${K}` },
      { at: at + 700, forMs: 500, does: "all", what: "kill" },
    ],
    [deed(4_000, MAKER.user, "create", ...USERS.filter((user) => user !== MAKER.user))],
  );
}
