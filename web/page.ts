import { effect, signal } from "@preact/signals";
import type { ChatClient } from "../src/client/client.ts";
import { chatSignals } from "../src/preact/preact.ts";
import { tellOfHumans } from "./attention.ts";
import { draftsOf } from "./drafts.ts";
import { addressOf } from "./open.ts";
import { createNotice, troubleOf } from "./trouble.ts";

/** The page beside its chats, which the hooks of the client give: its words to a person, and what that person does. */
export type Page = ReturnType<typeof createPage>;

export function createPage(client: ChatClient, user: string) {
  const signals = chatSignals(client);
  const notice = createNotice();
  /** Does this browser keep nothing of the chats? */
  const forgetful = signal(false);
  client.on("error", ({ code, message }) => {
    if (code === "storage.failed") forgetful.value = true;
    else notice.say(message);
  });
  const unread = signals.unread();
  effect(() => {
    document.title = `${unread.value > 0 ? `(${unread.value}) ` : ""}${user} · Posthorn`;
  });
  tellOfHumans(client);
  return {
    user,
    notice: notice.text,
    forgetful,
    drafts: draftsOf(user),
    trouble: troubleOf(signals.connection()),
    /** False when the client cannot take it; the person is told why. */
    send: (peer: string, body: string, mentions: readonly string[] = []): boolean => {
      try {
        client.send(peer, body, { mentions });
        return true;
      } catch (error) {
        notice.say(`Not sent: ${String(error)}`);
        return false;
      }
    },
    typed: (peer: string): void => {
      if (client.connection.state === "online") client.typed(peer);
    },
    /** The group's id; undefined when it could not be made, and `trouble` hears why. */
    createGroup: async (
      name: string,
      members: readonly string[],
      trouble: (why: string) => void,
    ): Promise<string | undefined> => {
      try {
        return await client.createGroup({ name, members });
      } catch (error) {
        trouble(whyNot(error));
        return undefined;
      }
    },
    /** Comes in by the link in the address. */
    join: async (link: string): Promise<string | undefined> => {
      try {
        return await client.joinGroup(link);
      } catch (error) {
        notice.say(whyNot(error));
        return undefined;
      }
    },
    group: (id: string) => groupOf(client, id, (error) => notice.say(whyNot(error))),
    retry: (cid: string): void => client.retry(cid),
    discard: (cid: string): void => client.discard(cid),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  not_found: "There is no such group, or not for you.",
  forbidden: "Only admins may do that.",
  "group.no_change": "That is so already.",
  "group.last_admin": "A group needs an admin: make somebody else one first.",
  "limit.members": "The group is full.",
  "limit.groups": "You are in too many groups.",
};
const whyNot = (error: unknown): string => {
  const { code = String(error) } = Object(error) as { code?: string };
  return WORDS[code] ?? `Not done (${code}).`;
};

/** A group's deeds, each of which tells whether it was done; a refusal is told to the person. */
function groupOf(client: ChatClient, id: string, refused: (error: unknown) => void) {
  const group = client.group(id);
  const done = async (deed: Promise<unknown>): Promise<boolean> => {
    try {
      await deed;
      return true;
    } catch (error) {
      refused(error);
      return false;
    }
  };
  const linkFrom = async (asked: Promise<string | undefined>): Promise<string | undefined> => {
    try {
      const link = await asked;
      return link === undefined ? undefined : addressOf(link);
    } catch (error) {
      refused(error);
      return undefined;
    }
  };
  return {
    add: (users: readonly string[]) => done(group.add(users)),
    remove: (user: string) => done(group.remove(user)),
    promote: (user: string) => done(group.promote(user)),
    demote: (user: string) => done(group.demote(user)),
    leave: () => done(group.leave()),
    describe: (words: { name: string; about: string }) => done(group.describe(words)),
    setRule: (rule: "send" | "edit" | "add", who: "all" | "admins") =>
      done(group.setRule({ [rule]: who })),
    invite: (on: boolean) => linkFrom(group.invite(on)),
    link: () => linkFrom(group.link()),
  };
}
