import type { ClientAsk } from "../../src/protocol/frames/group.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import type { Device } from "./device.ts";
import type { GroupLog } from "./grouplog.ts";
import type { GroupDeed } from "./groupplan.ts";

/** Has devices do what a plan says of groups. */
export class GroupDeeds {
  /** By the number that the plan has. */
  readonly #ids: string[] = [];
  readonly #log: GroupLog;

  constructor(log: GroupLog) {
    this.#log = log;
  }

  do(deed: GroupDeed, device: Device): void {
    if (deed.does === "create")
      this.#ids[deed.group] = groupIdOf(device.user, device.letters.nextCid);
    const group = this.#ids[deed.group];
    if (group === undefined) return;
    if (deed.does === "send") return device.write(group);
    const ask = this.#askOf(deed, group);
    if (ask !== undefined) device.write(group, ask);
  }

  #askOf({ does, others, at }: GroupDeed, group: string): ClientAsk | undefined {
    const [user = ""] = others;
    switch (does) {
      case "create":
        return { do: "create", name: "Walkers", members: others };
      case "add":
        return { do: "add", users: others };
      case "remove":
      case "promote":
      case "demote":
        return { do: does, user };
      case "leave":
        return { do: "leave" };
      case "describe":
        return { do: "describe", name: `At ${at}` };
      case "invite":
        return { do: "invite", on: true };
      case "join": {
        const secret = this.#log.secretOf(group);
        return secret === undefined ? undefined : { do: "join", secret };
      }
      default:
        return undefined;
    }
  }
}
