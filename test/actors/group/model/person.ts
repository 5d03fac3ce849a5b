import { open, type Entry } from "../../../../src/events/entry.ts";
import type { Copy } from "../../../../src/events/copy.ts";
import type { Event, Mail } from "../../../../src/events/event.ts";
import { BUSY_WORD_MS } from "../../../../src/rules/group/busy.ts";
import { fold, peerOf } from "../../../../src/rules/conversation.ts";
import { isRepeat, type Sends } from "../../../../src/rules/sends.ts";
import { SILENCE, type Conversation } from "../../../../src/rules/standing.ts";

/** Groups that somebody is in at once, in the model. */
const GROUPS_MAX = 3;

/** A membership as its user's actor knows it; `upTo` 0: it goes on. */
export interface Stay {
  readonly from: number;
  upTo: number;
}

/** A user's actor, as far as groups go: what it keeps, by the rule book of conversations. */
export interface PersonState {
  seq: number;
  sends: Sends;
  chats: Record<string, Conversation>;
  stays: Record<string, Stay[]>;
  /** When a group last said that it is busy. */
  busyAt: number;
  /** Refusals as they came: the cid, the code, and the group with the position of the copy that was refused. */
  refused: (readonly [cid: string, code: string, group: string, of: number])[];
  declined: string[];
}

export const nobody = (): PersonState => ({
  seq: 0,
  sends: [],
  chats: {},
  stays: {},
  busyAt: 0,
  refused: [],
  declined: [],
});

/** Something for another mailbox. */
export interface Told {
  readonly to: string;
  readonly event: Event & { author: string; cause: number };
}

export const staying = (state: PersonState, group: string): Stay | undefined =>
  state.stays[group]?.find(({ upTo }) => upTo === 0);

/** Folds an entry of a user's mailbox into the state, which is changed. */
export function foldPerson(state: PersonState, entry: Entry): Told[] {
  const mail = open(entry) as Mail;
  state.seq = mail.seq;
  const group = peerOf(mail) ?? "";
  const repeats = mail.event.type === "MessageSent" && isRepeat(state.sends, mail.event);
  const folded = fold(state.chats[group] ?? SILENCE, state.sends, mail);
  if (folded === undefined) return [];
  state.sends = folded.sends;
  state.chats[group] = folded.chat;
  if (mail.kind === "fact") return folded.what === "asked" && !repeats ? asked(state, mail) : [];
  return mail.kind === "copy" ? heard(state, mail, mail.event) : [];
}

function asked(
  state: PersonState,
  { event, position: cause, at: sentAt }: Extract<Mail, { kind: "fact" }>,
): Told[] {
  const about = (group: string) => ({ cause, under: staying(state, group)?.from ?? 0 });
  if (event.type === "MessageSent") {
    const { author, to, cid, body } = event;
    const knows = sentAt - state.busyAt < BUSY_WORD_MS ? 0 : (state.chats[to]?.heard ?? 0);
    const said = { author, to, cid, body, ...about(to), knows, sentAt } as const;
    return [{ to, event: { type: "MessageSent", ...said } }];
  }
  if (event.type !== "GroupAsked") return [];
  const { author, group, cid, ask } = event;
  const named = cid === undefined ? {} : { cid };
  return [
    { to: group, event: { type: "GroupAsked", author, group, ...named, ask, ...about(group) } },
  ];
}

function heard(state: PersonState, { owner, position, at }: Mail, event: Copy): Told[] {
  const { author: group } = event;
  const stays = (state.stays[group] ??= []);
  switch (event.type) {
    case "GroupJoined": {
      const { from } = event;
      if (staying(state, group) !== undefined)
        state.stays[group] = stays.filter(({ upTo }) => upTo > 0);
      else if (!stays.some((stay) => stay.from === from) && inGroups(state) >= GROUPS_MAX)
        return decline(state, owner, group, from, position);
      state.stays[group] = [
        ...(state.stays[group] ?? []).filter((stay) => stay.from !== from),
        { from, upTo: 0 },
      ];
      return [];
    }
    case "GroupLeft":
      for (const stay of stays) if (stay.from === event.from) stay.upTo = event.upTo || -1;
      state.stays[group] = stays.filter(({ upTo }) => upTo >= 0);
      return [];
    case "Refused":
      if (event.code === "group.busy") state.busyAt = Math.max(state.busyAt, at);
      state.refused.push([event.cid, event.code, group, event.cause]);
      return [];
    default:
      return [];
  }
}

const inGroups = (state: PersonState): number =>
  Object.keys(state.stays).filter((group) => staying(state, group) !== undefined).length;

/** The actor of who is in too many groups leaves the one that is new, in their name. */
function decline(
  state: PersonState,
  author: string,
  group: string,
  from: number,
  cause: number,
): Told[] {
  state.declined.push(`${group} ${from}`);
  const ask = { do: "leave", why: "limit" } as const;
  return [{ to: group, event: { type: "GroupAsked", author, group, ask, cause, under: from } }];
}
