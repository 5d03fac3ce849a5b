import { randomOf } from "../support/random.ts";

/** The things that somebody does in a group. `group`: the number of it; `others`: whom it is about. */
export interface GroupDeed {
  readonly at: number;
  readonly user: string;
  readonly device: number;
  readonly group: number;
  readonly does:
    | "create"
    | "send"
    | "add"
    | "remove"
    | "leave"
    | "promote"
    | "demote"
    | "describe"
    | "invite"
    | "join";
  readonly others: readonly string[];
}

type People = readonly (readonly [user: string, devices: number])[];

/** Are some of the people in groups? */
export const hasGroups = (seed: number): boolean => seed % 3 === 0;

/** Most are messages. Few go: who is out may come back by an admin or by the link. */
const DEEDS = [
  ...Array<"send">(12).fill("send"),
  "add",
  "add",
  "add",
  "remove",
  "leave",
  "promote",
  "demote",
  "describe",
  "invite",
  "join",
] as const;

/** Deeds in one or two groups, until `until` or a while longer. Chance of its own: the rest of a plan stays as it is. */
export function groupDeedsOf(seed: number, people: People, until: number): GroupDeed[] {
  const random = randomOf(seed * 104_729);
  const below = (n: number): number => Math.floor(random() * n);
  const anybody = () => people[below(people.length)]!;
  const deeds: GroupDeed[] = [];
  const creators = Array.from({ length: 1 + below(2) }, anybody);
  for (const [group, [user, devices]] of creators.entries()) {
    const others = people.map(([name]) => name).filter((name) => name !== user && random() < 0.7);
    const at = 1_400 + 300 * group;
    deeds.push({ at, user, device: below(devices), group, does: "create", others });
  }
  for (let at = 2_200; at < until; at += 60 + below(400)) {
    const group = below(creators.length);
    const does = DEEDS[below(DEEDS.length)]!;
    // Most of what others ask an admin alone may do.
    const [user, devices] = does !== "send" && random() < 0.6 ? creators[group]! : anybody();
    const others = [anybody()[0]];
    deeds.push({ at, user, device: below(devices), group, does, others });
  }
  return deeds;
}
