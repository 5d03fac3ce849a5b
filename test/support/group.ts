import type { Entry } from "../../src/events/entry.ts";
import type { GroupFact } from "../../src/events/groupfact.ts";
import type { GroupAsk } from "../../src/events/groupask.ts";
import type { Tick } from "../../src/events/tick.ts";
import type { Data } from "../../src/protocol/extras.ts";
import type { LineChange } from "../../src/protocol/frames/groupline.ts";

/** When an entry of a group was stored, in the tests: easy to read back. */
const storedAt = (seq: number): number => 2_000_000 + seq;

/** The id of a group, as long as one is. */
export const groupNamed = (name: string): string => `g-${name.padEnd(22, "x")}`;

/** The entries of one group's mailbox. */
export function groupMailbox(group: string) {
  const entry = (kind: Entry["kind"], seq: number, event: GroupFact | GroupAsk | Tick): Entry => ({
    kind,
    owner: group,
    seq,
    at: storedAt(seq),
    raw: JSON.stringify(event),
  });
  return {
    said: (
      seq: number,
      author: string,
      mentions?: string[],
      body = `${author} ${seq}`,
      data?: Data,
    ): Entry =>
      entry("group", seq, {
        type: "MessageSent",
        author,
        to: group,
        cid: `phone.${seq}`,
        body,
        ...(data && { data }),
        ...(mentions && { mentions }),
        cause: seq,
        of: seq - 1,
        sentAt: storedAt(seq) - 2,
      }),
    changed: (seq: number, by: string, change: LineChange, of = seq - 1): Entry =>
      entry("group", seq, {
        type: "GroupChanged",
        by,
        cid: `phone.${seq}`,
        cause: seq,
        of,
        change: change as Extract<GroupFact, { type: "GroupChanged" }>["change"],
      }),
    created: (seq: number, members: string[], limit = 1_024): Entry =>
      entry("group", seq, {
        type: "GroupChanged",
        by: members[0] ?? "",
        cid: `phone.${seq}`,
        cause: seq,
        of: seq - 1,
        change: {
          do: "create",
          name: `name ${seq}`,
          members,
          limits: { members: limit, sendsPerSecond: 100 },
        },
      }),
    asked: (seq: number, author: string, under: number, secret?: string): Entry =>
      entry("ask", seq, {
        type: "GroupAsked",
        author,
        group,
        cid: `phone.${seq}`,
        cause: seq,
        under,
        ask: { do: "invite", ...(secret !== undefined && { secret }) },
      }),
    gathered: (
      seq: number,
      { delivered = [], read = [] }: Partial<Pick<Tick, "delivered" | "read">>,
      more: { in?: number } = {},
    ): Entry =>
      entry("tick", seq, { type: "ReceiptsGathered", gateway: "gw", delivered, read, ...more }),
  };
}
