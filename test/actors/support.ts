import type { Sends } from "../../src/rules/sends.ts";
import { expect } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import type { GroupAsk } from "../../src/events/groupask.ts";
import { open, type Entry } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import type { Session } from "../../src/actors/attendance.ts";
import { evolve, newcomer, type UserState } from "../../src/actors/user.ts";

export const mailOf = (entry: Entry): Mail => open(entry) as Mail;

/** A user's state after these entries. */
export const fold = (entries: readonly Entry[], from: UserState = newcomer): UserState =>
  entries.reduce((state, entry) => evolve(state, mailOf(entry)).state, from);

export const opened = (seq: number, sessionId: string, gatewayId = "gateway-1"): Entry =>
  entryOf(seq, { type: "SessionOpened", sessionId, gatewayId, deviceId: `${sessionId}-device` });

export const closed = (seq: number, sessionId: string): Entry =>
  entryOf(seq, { type: "SessionClosed", sessionId, reason: "left" });

export const entryOf = (
  seq: number,
  event: { type: string; [field: string]: unknown },
  owner = "alice",
): Entry => ({
  kind: /^Session|^SignedOut/.test(event.type) ? "session" : "fact",
  owner,
  seq,
  at: 1_000_000 + seq,
  raw: JSON.stringify(event),
});

/** `given(what happened).when(what happens now)` and what is expected of alice's actor. */
export const given = (...before: Entry[]) => ({
  when: (entry: Entry) => outcome(fold(before), entry),
});

function outcome(before: UserState, entry: Entry) {
  const { state: after, telling } = evolve(before, mailOf(entry));
  return {
    tells(to: string, copy: Partial<Copy> | Partial<GroupAsk>) {
      expect(telling).toMatchObject({ to, copy });
      return this;
    },
    tellsNobody() {
      expect(telling).toBeUndefined();
      return this;
    },
    /** As if it had not happened, but for the place in the mailbox. */
    doesNothing() {
      expect(telling).toBeUndefined();
      expect(after).toEqual({ ...before, seq: entry.seq });
    },
    /** Nobody is told, and nothing has changed but the list of repeats. */
    onlyNotes(...sends: Sends) {
      expect(telling).toBeUndefined();
      expect(after).toEqual({ ...before, seq: entry.seq, sends });
    },
    knowsOf(peer: string, known: object) {
      expect(after.peers.get(peer)).toMatchObject(known);
      return this;
    },
    hasSessions(...sessions: Session[]) {
      expect(after.sessions).toEqual(sessions);
      return this;
    },
  };
}
