import { evolve, newcomer, type UserState } from "../../src/actors/user.ts";
import type { Copy } from "../../src/events/copy.ts";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { claimOf, isReceipt } from "../../src/rules/receipts.ts";
import type { Device } from "./device.ts";
import type { History, Mailed } from "./history.ts";

/** Invariants: what must be true of every history, once all is healed and quiet. Each tells of what is not. */

type Tell = (rule: string, words: string) => void;

interface Told {
  readonly author: string;
  readonly to: string;
  readonly cid: string;
}

const mailOf = ({ kind, owner, seq, at, data }: Mailed): Mail =>
  open({ kind: kind as "fact", owner, seq, at: Math.floor(at), raw: data }) as Mail;

export function judge(history: History, devices: readonly Device[], tell: Tell): void {
  const folds = new Map([...history.mailboxes].map(([user, mailbox]) => [user, folded(mailbox)]));
  const facts = [...folds.values()].flatMap((each) => each.messages);
  shownOnce(history, devices, facts, tell);
  for (const device of devices) complete(device, history, tell);
  for (const user of history.mailboxes.keys()) inOrder(user, devices, facts, tell);
  for (const mailbox of history.mailboxes.values()) lanesInOrder(mailbox, history, tell);
  ticked(devices, facts, tell);
  checkpointsTrue(history, tell);
  sessionsEqual(folds, devices, tell);
  lostOnlyIfDead(history, tell);
}

/** A mailbox as its actor folds it: the messages that its owner stated, and where it stands. */
function folded(mailbox: readonly Mailed[]) {
  let state: UserState = newcomer;
  const messages: (Told & { seq: number; k: number })[] = [];
  for (const entry of mailbox) {
    const mail = mailOf(entry);
    const next = evolve(state, mail);
    ({ state } = next);
    if (next.telling !== undefined && mail.event.type === "MessageSent" && mail.kind === "fact") {
      const { author, to, cid } = mail.event;
      messages.push({ author, to, cid, seq: entry.seq, k: entry.k });
    }
  }
  return { state, messages };
}

/** Every acknowledged message is on every device of both people, once; nothing at all is there twice. */
function shownOnce(
  history: History,
  devices: readonly Device[],
  facts: readonly Told[],
  tell: Tell,
): void {
  const known = new Map(facts.map((each) => [each.cid, each]));
  for (const cid of history.acked)
    if (!known.has(cid)) tell("lost", `${cid} was acknowledged, and no mailbox has it`);
  for (const device of devices) {
    const counts = new Map<string, number>();
    for (const cid of [...device.diary.shown.values()].flat())
      counts.set(cid, (counts.get(cid) ?? 0) + 1);
    for (const [cid, count] of counts)
      if (count > 1) tell("doubled", `${device.id} shows ${cid} ${count} times`);
    for (const { cid, author, to } of facts)
      if ([author, to].includes(device.user) && !counts.has(cid) && history.acked.has(cid))
        tell("lost", `${device.id} does not show ${cid} of ${author} to ${to}`);
    for (const cid of device.letters.waiting) tell("unsent", `${device.id} still has ${cid}`);
  }
}

function complete(device: Device, history: History, tell: Tell): void {
  const { length } = history.mailbox(device.user);
  if (!device.isOpen) tell("outside", `${device.id} has no socket that is caught up`);
  else if (device.diary.taken !== length)
    tell("hole", `${device.id} has ${device.diary.taken} of ${length} entries`);
}

/** Devices of a user show the same; of each author in the order in which the author's mailbox has it. */
function inOrder(
  user: string,
  devices: readonly Device[],
  facts: readonly (Told & { seq: number })[],
  tell: Tell,
): void {
  const place = new Map(facts.map(({ cid, seq }) => [cid, seq]));
  const [first, ...others] = devices.filter((each) => each.user === user);
  for (const [peer, cids] of first?.diary.shown ?? []) {
    for (const other of others)
      if (other.diary.shown.get(peer)?.join() !== cids.join())
        tell(
          "order",
          `${first!.id} and ${other.id} show different orders of the chat with ${peer}`,
        );
    const seqs = cids
      .filter((cid) => facts.some((each) => each.cid === cid && each.author === peer))
      .map((cid) => place.get(cid) ?? 0);
    if (seqs.some((seq, i) => seq < (seqs[i - 1] ?? 0)))
      tell("order", `${first!.id} shows ${cids.join(" ")} of ${peer}`);
  }
}

/** On each lane first occurrences come by rising causes, and receipts never fall. */
function lanesInOrder(mailbox: readonly Mailed[], history: History, tell: Tell): void {
  const lanes = new Map<string, { cause: number; delivered: number; read: number }>();
  for (const { kind, owner, data, seq } of mailbox) {
    if (kind !== "copy") continue;
    const copy = JSON.parse(data) as Copy;
    const last = lanes.get(copy.author) ?? { cause: 0, delivered: 0, read: 0 };
    if (copy.cause <= last.cause) {
      history.counts.doubled++;
      continue;
    }
    const marks = isReceipt(copy) ? claimOf(copy) : last;
    if (marks.delivered < last.delivered || marks.read < last.read)
      tell("receipt", `a receipt of ${copy.author} at ${seq} of ${owner} goes back`);
    lanes.set(copy.author, { cause: copy.cause, delivered: marks.delivered, read: marks.read });
  }
}

/** In the end everything is delivered, and every device of its author knows. */
function ticked(
  devices: readonly Device[],
  facts: readonly (Told & { seq: number })[],
  tell: Tell,
): void {
  for (const device of devices)
    for (const [peer, { theirs }] of device.diary.chats) {
      const last = facts.findLast(({ author, to }) => author === device.user && to === peer);
      if (last !== undefined && theirs.delivered < last.seq)
        tell("tick", `${device.id} has ✓✓ of ${peer} up to ${theirs.delivered}, not ${last.seq}`);
    }
}

/** All messages up to a checkpoint had been told when it was saved. */
function checkpointsTrue(history: History, tell: Tell): void {
  const told = new Map<string, number>();
  for (const mailbox of history.mailboxes.values())
    for (const { kind, data, order } of mailbox) {
      if (kind !== "copy") continue;
      const copy = JSON.parse(data) as Copy;
      const name = `${copy.author} ${copy.cause}`;
      if (!told.has(name)) told.set(name, order);
    }
  for (const [k, stream] of history.streams.entries()) {
    const due = [...new Set(stream.map(({ owner }) => owner))]
      .flatMap((owner) => folded(history.mailbox(owner).filter((each) => each.k === k)).messages)
      .map(({ author, seq }) => ({
        seq,
        order: told.get(`${author} ${seq}`) ?? Number.POSITIVE_INFINITY,
      }));
    for (const saved of history.checkpoints)
      if (saved.k === k) {
        const early = due.find(({ seq, order }) => seq <= saved.seq && order > saved.order);
        if (early !== undefined)
          tell("checkpoint", `stream ${k} said ${saved.seq} before ${early.seq} was told`);
      }
  }
}

/**
 * The sessions that mailboxes have open are those that devices have. A device ends the one before by its name (`replaces`), which the
 * welcome tells: one whose welcome was cut off stays until its gateway takes it for idle.
 */
function sessionsEqual(
  folds: ReadonlyMap<string, { state: UserState }>,
  devices: readonly Device[],
  tell: Tell,
): void {
  for (const [user, { state }] of folds) {
    const own = devices.filter((each) => each.user === user);
    const theirs = own.flatMap(({ line }) => line?.sessionId ?? []);
    const strays = own.flatMap(({ unwelcome }) => unwelcome.flatMap(({ stray }) => stray ?? []));
    const open = state.sessions.map(({ sessionId }) => sessionId);
    for (const each of open)
      if (!theirs.includes(each) && !strays.includes(each))
        tell("session", `${user} has a session open that no device has`);
    for (const each of theirs)
      if (!open.includes(each))
        tell("session", `a device of ${user} has a session that is not open`);
  }
}

/** A session is closed for the death of its gateway only when the registry has it. */
function lostOnlyIfDead(history: History, tell: Tell): void {
  for (const [user, mailbox] of history.mailboxes) {
    const gateways = new Map<string, string>();
    for (const { data, kind } of mailbox) {
      if (kind !== "session") continue;
      const event = JSON.parse(data) as {
        type: string;
        sessionId: string;
        gatewayId: string;
        reason?: string;
      };
      if (event.type === "SessionOpened") gateways.set(event.sessionId, event.gatewayId);
      const gatewayId = gateways.get(event.sessionId) ?? "";
      if (event.reason === "gateway-lost" && !history.dead.has(gatewayId))
        tell(
          "living closed",
          `a session of ${user} was closed for ${gatewayId}, which was not declared dead`,
        );
    }
  }
}
