import type { Tick } from "../../src/events/tick.ts";
import type { FollowQuestion } from "../../src/protocol/internal/signal.ts";
import type { GroupHead } from "../../src/gateway/ports.ts";

/** The groups of a world in memory: there are none, but questions and receipts are kept. */
export class MemoryGroups {
  readonly gathered: { group: string; tick: Tick }[] = [];
  readonly followed: FollowQuestion[] = [];

  attend = (): (() => void) => () => undefined;
  audience = (): void => undefined;
  follow = (question: FollowQuestion): void => void this.followed.push(question);
  groupHeads = async (): Promise<ReadonlyMap<string, GroupHead>> => new Map();
  groupFacts = async (): Promise<[]> => [];
  async gather(group: string, tick: Tick): Promise<number> {
    return this.gathered.push({ group, tick });
  }
}
