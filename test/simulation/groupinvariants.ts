import { Audit } from "../../src/audit/audit.ts";
import type { Entry } from "../../src/events/entry.ts";
import { generationAt } from "../../src/events/position.ts";
import { truthOf } from "../actors/group/model/referee.ts";
import type { Device } from "./device.ts";
import type { GroupLog } from "./grouplog.ts";
import type { History } from "./history.ts";
import { partitionOf } from "./machines.ts";
import { EPOCH_MS } from "./time.ts";

/** Invariants of groups, once all is healed and quiet. Each tells of what is not. */

type Tell = (rule: string, words: string) => void;

interface Given {
  readonly history: History;
  readonly log: GroupLog;
  readonly devices: readonly Device[];
}

export function judgeGroups(given: Given, tell: Tell): void {
  const { history, log, devices } = given;
  audited(history, tell);
  for (const group of log.groups) {
    history.counts.groupFacts += log.facts(group).length;
    for (const device of devices) shows(device, group, given, tell);
    if (history.cuts.length === 0) ticksOf(given, group, tell);
  }
  outcomes(given, tell);
}

/** The log is what `posthorn check` says of it: all that is owed is stored once, in order, and everybody was told. */
function audited(history: History, tell: Tell): void {
  const audit = new Audit((owner) => {
    const k = partitionOf(owner);
    const end = history.streams[k]?.length ?? 0;
    return { told: Number.MAX_SAFE_INTEGER, end, marks: history.marksOf(k) };
  });
  for (const [k, stream] of history.streams.entries()) {
    const marks = history.marksOf(k);
    for (const { kind, owner, seq, at, data: raw, envelope = "" } of stream) {
      const generation = generationAt(marks, seq);
      audit.take({
        kind: kind as Entry["kind"],
        owner,
        seq,
        at: EPOCH_MS + Math.floor(at),
        generation,
        raw,
        ...envelopeIn(envelope),
      });
    }
  }
  for (const { fault, author, peer, id } of audit.verdict().breaches)
    tell(fault, `${id}, ${author} to ${peer}, by an audit of the log`);
}

function envelopeIn(head: string): Pick<Entry, "ended" | "endedBefore"> {
  const [, ended] = /Posthorn-Ended: ([^\r]*)/.exec(head) ?? [];
  const [, before] = /Posthorn-Ended-Before: ([^\r]*)/.exec(head) ?? [];
  return {
    ...(ended !== undefined && { ended }),
    ...(before !== undefined && { endedBefore: Number(before) }),
  };
}

/** A device shows exactly the memberships of its user, once, in the group's order: so all devices agree. */
function shows(device: Device, group: string, { log, history }: Given, tell: Tell): void {
  const due = log.shownTo(device.user, group).map(({ position }) => position);
  const isOut = log.ranges(device.user, group).at(-1)?.upTo !== undefined || due.length === 0;
  // Somebody who is out by the time that a roll-back is noticed is told nothing of the group any more, and keeps what it has taken.
  const facts = new Set(log.facts(group).map(({ position }) => position));
  const isKept = (position: number): boolean =>
    !isOut || history.cuts.length === 0 || facts.has(position);
  const shown = (device.groups.groups.get(group)?.shown ?? []).filter(isKept);
  if (due.join() === shown.join()) return;
  const missing = due.filter((each) => !shown.includes(each));
  const more = shown.filter((each) => !due.includes(each));
  if (missing.length > 0) tell("group hole", `${device.id} lacks ${missing.join()} of ${group}`);
  if (more.length > 0) tell("outside range", `${device.id} shows ${more.join()} of ${group}`);
  if (missing.length + more.length === 0)
    tell("group order", `${device.id} shows ${shown.join()} of ${group}`);
}

/** A message is delivered, or read, when all present members but its author have it who were in by then: so in the end all is delivered. */
function ticksOf({ log, devices }: Given, group: string, tell: Tell): void {
  const { stays, marks } = truthOf(log.mails(group));
  for (const { position, event } of log.facts(group)) {
    if (event.type !== "MessageSent") continue;
    const holders = [...stays].filter(([user, all]) => {
      const last = all.at(-1);
      return user !== event.author && last?.upTo === 0 && last.from <= position;
    });
    for (const device of devices) {
      if (device.user !== event.author) continue;
      const { theirs } = device.diary.chats.get(group) ?? { theirs: { delivered: 0, read: 0 } };
      const isRead = holders.every(([user]) => (marks.get(user)?.read ?? 0) >= position);
      if (theirs.delivered < position)
        tell("group tick", `${device.id} has no ✓✓ of ${group}:${position}`);
      if (isRead !== theirs.read >= position)
        tell(
          "group tick",
          `${device.id} has ${group}:${position} as ${isRead ? "not read" : "read"}`,
        );
    }
  }
}

/** Each message and ask that was acknowledged has come to something, and to one thing. */
function outcomes({ history, log, devices }: Given, tell: Tell): void {
  const facts = new Map<string, number>();
  for (const group of log.groups)
    for (const { event } of log.facts(group))
      if (event.cid !== undefined) facts.set(event.cid, (facts.get(event.cid) ?? 0) + 1);
  for (const device of devices)
    for (const [cid, { to, isJoin }] of device.letters.toGroups) {
      if (!history.acked.has(cid) || history.everLost.has(cid)) continue;
      const [accepted, isRefused] = [facts.get(cid) ?? 0, device.diary.refused.has(cid)];
      if (isRefused) history.counts.refused++;
      // A refused one that is put again behind a crash may come true, and a roll-back may take what was decided.
      const isTwice = accepted + (isRefused && !isJoin ? 1 : 0) > 1 && history.cuts.length === 0;
      if (accepted === 0 && !isRefused) tell("no outcome", `nothing has come of ${cid} in ${to}`);
      if (isTwice) tell("two outcomes", `${cid} in ${to} was accepted ${accepted} times`);
    }
}
