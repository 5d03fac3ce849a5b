import type { ClientAsk } from "../../protocol/frames/group.ts";
import type { InfoAnswer, MembersAnswer } from "../../protocol/frames/groupviews.ts";
import type { GroupInfo } from "../message.ts";
import type { Requests } from "../connection/requests.ts";
import { linkOf } from "./checks.ts";

interface Ports {
  ask(group: string, ask: ClientAsk): Promise<string>;
  requests: Requests;
  info(group: string): GroupInfo;
  /** The position up to which this device has the group: an answer has to know as much. */
  placeIn(group: string): number;
}
/** A part of a long list: `after` is the last user of the page before, `limit` at most 200. */
export interface MembersPage {
  /** The last user of the page before; absent: the first page. */
  readonly after?: string;
  /** Rows at most. */
  readonly limit?: number;
}

/**
 * A group, for what its members do. Each deed resolves when the group's own event of it has come, and throws a `ChatError` with
 * the code of the refusal: `forbidden`, `not_found`, `group.no_change`, `group.last_admin`, `limit.members`; `outcome.unknown`, where that passed unseen.
 */
export class Group {
  /** Its id. */
  readonly id: string;
  readonly #ports: Ports;

  /** {@link ChatClient.group} makes it. */
  constructor(id: string, ports: Ports) {
    this.id = id;
    this.#ports = ports;
  }

  /** All that this device knows of it: the identical object while that is the same. */
  get details(): GroupInfo {
    return this.#ports.info(this.id);
  }

  /** Lets people in: at most 256 at once. */
  add(users: readonly string[]): Promise<void> {
    return this.#ask({ do: "add", users });
  }
  /** Shows somebody out. Only an admin can let them in again. */
  remove(user: string): Promise<void> {
    return this.#ask({ do: "remove", user });
  }
  /** Leaves the group. The last admin who does has a successor. */
  leave(): Promise<void> {
    return this.#ask({ do: "leave" });
  }
  /** Makes somebody an admin. */
  promote(user: string): Promise<void> {
    return this.#ask({ do: "promote", user });
  }
  /** Makes an admin a member. */
  demote(user: string): Promise<void> {
    return this.#ask({ do: "demote", user });
  }
  /** Changes the name, of 1 to 100 characters, or the description, of at most 512. */
  describe(words: { name?: string; about?: string }): Promise<void> {
    return this.#ask({ do: "describe", ...words });
  }
  /** Says who may do something: all, or admins alone. */
  setRule(rules: Partial<NonNullable<GroupInfo["rules"]>>): Promise<void> {
    return this.#ask({ do: "rule", ...rules });
  }
  /** Makes a new link, in place of the one before, or none. Resolves with the link. */
  async invite(on = true): Promise<string | undefined> {
    await this.#ask({ do: "invite", on });
    return on ? this.link() : undefined;
  }

  /** The link, for admins, if there is one: an app may put its own address before it. @throws ChatError */
  async link(): Promise<string | undefined> {
    const { result } = await this.#ports.requests.ask("group", this.#asked);
    return result.invite === undefined ? undefined : linkOf(this.id, result.invite);
  }
  /** A page of the members, by their ids. @throws ChatError */
  async members(page: MembersPage = {}): Promise<MembersAnswer> {
    return (await this.#ports.requests.ask("members", { ...this.#asked, ...page })).result;
  }
  /** A page of those who have received and read an own message, and when. @throws ChatError */
  async info(message: string, page: MembersPage = {}): Promise<InfoAnswer> {
    return (
      await this.#ports.requests.ask("info", { id: message, atLeast: this.#asked.atLeast, ...page })
    ).result;
  }

  get #asked(): { group: string; atLeast: number } {
    return { group: this.id, atLeast: this.#ports.placeIn(this.id) };
  }

  async #ask(ask: ClientAsk): Promise<void> {
    await this.#ports.ask(this.id, ask);
  }
}
