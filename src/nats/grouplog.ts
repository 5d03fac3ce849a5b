import { seqOf } from "../events/position.ts";
import type { GroupLog } from "../gateway/ports.ts";
import type { Routing } from "../protocol/internal/routes.ts";
import type { Publisher } from "./publish/publisher.ts";
import type { MailboxLog } from "./read/log.ts";
import { tickSubject } from "./subjects.ts";

interface Parts {
  readonly mailboxes: Pick<MailboxLog, "lasts" | "at">;
  readonly routing: Pick<Routing, "attend">;
  readonly publisher: Pick<Publisher, "publish">;
}

/** Groups as a gateway follows them. */
export const groupLog = ({ mailboxes, routing, publisher }: Parts) =>
  ({
    attend: (group, hear) => routing.attend(group, hear),
    async groupHeads(k, groups, atLeast) {
      const lasts = await mailboxes.lasts(k, groups, atLeast);
      return new Map(
        lasts.map(({ owner, seq, ended, endedBefore = 0 }) => [
          owner,
          { seq, ended, endedBefore: seqOf(endedBefore) },
        ]),
      );
    },
    groupFacts: (k, seqs) => mailboxes.at(k, seqs),
    gather: (group, tick) => publisher.publish(tickSubject(group), JSON.stringify(tick)),
  }) satisfies GroupLog;
