import { Docket } from "../../src/actors/group/docket.ts";
import { EndChain } from "../../src/gateway/groups/endchain.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import type { GroupRecord } from "../../src/protocol/internal/routes.ts";
import { but, patched, type Cheat } from "./cheat.ts";

type Put = Publisher["put"];
type Folded = Docket["folded"];

/** Of each negative control of groups what it breaks. */
export const GROUP_CHEATS = {
  "a group's fact is stored wherever it comes": {
    begin() {
      const real: Put = Publisher.prototype.put;
      return patched(
        Publisher.prototype,
        "put",
        function (this: Publisher, ...given: Parameters<Put>) {
          const [publication] = given;
          const isFact = "envelope" in publication;
          const bare = { after: { value: undefined } };
          return real.call(
            this,
            isFact ? (Object.create(publication, bare) as object as never) : publication,
          );
        },
      );
    },
  },
  "a gateway does not look whose membership a fact ends": {
    gateway: (world) =>
      but(world, {
        attend: (group, hear) =>
          world.attend(group, (record: GroupRecord) => {
            if (record.kind === "typing") return hear(record);
            const { ended: _, ...rest } = record;
            hear(rest);
          }),
      }),
  },
  "a gateway does not walk back through the ends of memberships": {
    begin: () => patched(EndChain.prototype, "reaches", () => true),
  },
  "a checkpoint passes what a group owes": {
    begin() {
      const real: Folded = Docket.prototype.folded;
      return patched(
        Docket.prototype,
        "folded",
        function (this: Docket, ...given: Parameters<Folded>) {
          real.apply(this, given);
          return { opens: [], closes: [] };
        },
      );
    },
  },
  "a gateway takes what it hears of a group for all there is": {
    gateway(world) {
      const last = new Map<string, number>();
      return but(world, {
        groupHeads: async (k, groups, atLeast) =>
          last.size > 0 ? new Map() : world.groupHeads(k, groups, atLeast),
        attend: (group, hear) =>
          world.attend(group, (record: GroupRecord) => {
            if (record.kind === "typing") return hear(record);
            const prev = last.get(group) ?? record.prev;
            last.set(group, record.seq);
            hear({ ...record, prev });
          }),
      });
    },
  },
} satisfies Record<string, Cheat>;
