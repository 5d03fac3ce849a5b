import fc from "fast-check";
import { expect, test } from "vitest";
import { evolve, newcomer } from "../../src/actors/user.ts";
import { freeze, thaw } from "../support/frozen.ts";
import { foldLocal, mailOf, newChat } from "../../src/client/mailbox/chat.ts";
import type { LocalChat } from "../../src/client/mailbox/localchat.ts";
import type { Entry } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { conversation } from "../../src/projections/views/conversation.ts";
import { peerOf } from "../../src/rules/conversation.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";
import type { Sends } from "../../src/rules/sends.ts";
import { mailOf as opened } from "../actors/support.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { views } from "../projections/support.ts";
import { repeated } from "../support/mailboxes.ts";

const PEERS = ["bob", "carol"];

/** All that one of the three knows of alice's conversations. */
interface Known {
  sends: Sends;
  chats: Conversation[];
}

const known = (chat: Conversation): Conversation => {
  const { heard, received, sent, mine, theirs } = chat;
  return { heard, received, sent, mine, theirs };
};

/** The actor, which dies before entry `crash` and comes back from a snapshot; and what it told of. */
function actor(run: readonly Entry[], crash: number): Known & { told: number[] } {
  let state = newcomer;
  const told: number[] = [];
  for (const [i, entry] of run.entries()) {
    if (i === crash) state = thaw(freeze(state));
    if (evolve(state, opened(entry)).telling?.copy.type === "MessageSent") told.push(entry.seq);
    state = evolve(state, opened(entry)).state;
  }
  const chats = PEERS.map((peer) => known(state.peers.get(peer) ?? SILENCE));
  return { sends: state.sends, chats, told };
}

/** The views, whose rows are read back from a disk before entry `crash`. */
function rowsOf(run: readonly Entry[], crash: number): MemoryRows {
  let rows = new MemoryRows();
  for (const [i, entry] of run.entries()) {
    if (i === crash) {
      const old = rows;
      rows = new MemoryRows();
      for (const [key, row] of old.all) rows.all.set(key, structuredClone(row));
    }
    project(rows, opened(entry), VIEWS);
  }
  return rows;
}

/** A device, which is closed before entry `crash` and comes back from its storage. */
function device(run: readonly Entry[], crash: number): Known & { all: LocalChat[] } {
  let sends: Sends = [];
  let chats = new Map<string, LocalChat>();
  for (const [i, { owner: mailbox, seq, at, raw }] of run.entries()) {
    if (i === crash) {
      chats = new Map(structuredClone([...chats]));
      sends = structuredClone(sends);
    }
    const event = JSON.parse(raw) as never;
    const mail = mailOf({ t: "event", mailbox, seq, prev: 0, at, event })!;
    const peer = peerOf(mail);
    const folded = peer && foldLocal(chats.get(peer) ?? newChat(peer), sends, mail);
    if (!peer || !folded) continue;
    chats.set(peer, folded.chat);
    sends = folded.sends;
  }
  const all = PEERS.map((peer) => chats.get(peer) ?? newChat(peer));
  return { sends, chats: all.map(known), all };
}

test("[A2] actor, views and device agree on any history, repeats, late copies and crashes included", () => {
  fc.assert(
    fc.property(repeated, fc.nat(80), fc.nat(80), fc.nat(80), (run, one, two, three) => {
      const { told, ...ofActor } = actor(run, one);
      const rows = rowsOf(run, two);
      const { all, ...ofDevice } = device(run, three);
      const ofViews = {
        sends: (rows.all.get("sends/alice") ?? []) as Sends,
        chats: PEERS.map((peer) => known(conversation(rows, "alice", peer))),
      };
      expect(ofViews).toEqual(ofActor);
      expect(ofDevice).toEqual(ofActor);

      const asked = views(rows, "alice");
      for (const chat of all) {
        expect(asked.history(chat.peer, { limit: 100 }).messages).toEqual(chat.messages);
        expect(asked.chat(chat.peer)?.unread ?? 0).toBe(chat.unread);
      }
      const mine = all.flatMap(({ messages }) =>
        messages.filter(({ author }) => author === "alice"),
      );
      expect(mine.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(told);
    }),
    { numRuns: 300 },
  );
});
