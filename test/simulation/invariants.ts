import { evolve, newcomer, type UserState } from "../../src/actors/user.ts";
import { isGroup } from "../../src/events/messageid.ts";
import { generationOf, latest } from "../../src/events/position.ts";
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

/** A message as its author's mailbox has it. */
interface Said extends Told {
  readonly position: number;
  readonly k: number;
}

export function judge(history: History, devices: readonly Device[], tell: Tell): void {
  const people = [...history.mailboxes].filter(([owner]) => !isGroup(owner));
  const folds = new Map(people.map(([user, mailbox]) => [user, folded(mailbox, history)]));
  const facts = [...folds.values()].flatMap((each) => each.messages);
  shownOnce(history, devices, facts, tell);
  for (const device of devices) complete(device, history, tell);
  const letters = facts.filter(({ to }) => !isGroup(to));
  for (const [user, mailbox] of people) {
    inOrder(user, devices, { facts: letters, history }, tell);
    lanesInOrder(mailbox, history, tell);
  }
  ticked(devices, letters, tell);
  checkpointsTrue(history, facts, tell);
  sessionsEqual(folds, devices, tell);
  lostOnlyIfDead(people, history, tell);
  noticed(history, tell);
}

/** A mailbox as its actor folds it: the messages that its owner stated, and where it stands. */
function folded(mailbox: readonly Mailed[], history: History) {
  let state: UserState = newcomer;
  const messages: Said[] = [];
  const k = mailbox[0]?.k ?? 0;
  for (const mail of history.mails(mailbox)) {
    const next = evolve(state, mail);
    ({ state } = next);
    if (next.telling === undefined || mail.kind !== "fact") continue;
    const { event, position } = mail;
    if (event.type === "MessageSent") messages.push({ ...event, position, k });
    if (event.type === "GroupAsked" && event.cid !== undefined)
      messages.push({ author: event.author, to: event.group, cid: event.cid, position, k });
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
    if (!known.has(cid) && !history.lost.has(cid))
      tell("lost", `${cid} was acknowledged, and no mailbox has it`);
  for (const device of devices) {
    const counts = new Map<string, number>();
    for (const cid of [...device.diary.shown.values()].flat())
      counts.set(cid, (counts.get(cid) ?? 0) + 1);
    for (const [cid, count] of counts)
      if (count > 1 && !history.everLost.has(cid))
        tell("doubled", `${device.id} shows ${cid} ${count} times`);
    for (const { cid, author, to } of facts)
      if (
        !isGroup(to) &&
        [author, to].includes(device.user) &&
        !counts.has(cid) &&
        history.acked.has(cid)
      )
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
  { facts, history }: { facts: readonly Said[]; history: History },
  tell: Tell,
): void {
  const said = new Map(facts.map((each) => [each.cid, each]));
  const [first, ...others] = devices.filter((each) => each.user === user);
  for (const [peer, cids] of first?.diary.shown ?? []) {
    for (const other of others)
      if (other.diary.shown.get(peer)?.join() !== cids.join())
        tell(
          "order",
          `${first!.id} and ${other.id} show different orders of the chat with ${peer}`,
        );
    const places = cids
      .filter((cid) => said.get(cid)?.author === peer && !history.everLost.has(cid))
      .map((cid) => said.get(cid)!.position);
    if (places.some((place, i) => place < (places[i - 1] ?? 0)))
      tell("order", `${first!.id} shows ${cids.join(" ")} of ${peer}`);
  }
}

/** On each lane first occurrences come by rising causes, and receipts never fall. */
function lanesInOrder(mailbox: readonly Mailed[], history: History, tell: Tell): void {
  const lanes = new Map<string, { cause: number; delivered: number; read: number }>();
  for (const { kind, owner, seq, generation, event } of history.mails(mailbox)) {
    if (kind !== "copy") continue;
    if ((event.in ?? 0) !== generation) {
      history.counts.void++;
      continue;
    }
    const { author, cause } = event;
    const last = lanes.get(author) ?? { cause: 0, delivered: 0, read: 0 };
    if (cause <= last.cause) {
      history.counts.doubled++;
      continue;
    }
    // A mailbox that was rolled back has lost receipts of its own.
    const before =
      generationOf(cause) === generationOf(last.cause) ? last : { delivered: 0, read: 0 };
    const marks = isReceipt(event) ? claimOf(event) : before;
    if (marks.delivered < before.delivered || marks.read < before.read)
      tell("receipt", `a receipt of ${author} at ${seq} of ${owner} goes back`);
    lanes.set(author, { cause, delivered: marks.delivered, read: marks.read });
  }
}

/** In the end everything is delivered, and every device of its author knows. */
function ticked(devices: readonly Device[], facts: readonly Said[], tell: Tell): void {
  for (const device of devices)
    for (const [peer, { theirs }] of device.diary.chats) {
      const last = facts.findLast(({ author, to }) => author === device.user && to === peer);
      if (last !== undefined && theirs.delivered < last.position)
        tell(
          "tick",
          `${device.id} has ✓✓ of ${peer} up to ${theirs.delivered}, not ${last.position}`,
        );
    }
}

/** All messages up to a checkpoint had been told when it was saved. */
function checkpointsTrue(history: History, facts: readonly Said[], tell: Tell): void {
  for (const saved of history.checkpoints) {
    const early = facts.find(
      ({ k, author, position }) =>
        k === saved.k &&
        position <= saved.position &&
        (history.told.get(`${author} ${position}`) ?? Number.POSITIVE_INFINITY) > saved.order,
    );
    if (early !== undefined)
      tell("checkpoint", `stream ${saved.k} said ${saved.position} before ${early.cid} was told`);
  }
}

/**
 * Where a stream was rolled back another generation has begun, at the first entry that differs: of a roll-back above one that had
 * not been noticed yet, at that one's.
 */
function noticed(history: History, tell: Tell): void {
  for (const [i, { k, end, from: first, generation }] of history.cuts.entries()) {
    const isCovered = history.cuts.some(
      (each, j) =>
        j !== i && each.k === k && each.end <= end && (j > i || each.generation === generation),
    );
    if (!isCovered && !history.marksOf(k).some(({ from }) => from === first))
      tell(
        "unnoticed",
        `stream ${k} lost what lay behind ${end}, and has no generation from there`,
      );
  }
  for (const k of history.streams.keys()) history.counts.generations += latest(history.marksOf(k));
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
function lostOnlyIfDead(
  people: readonly (readonly [string, readonly Mailed[]])[],
  history: History,
  tell: Tell,
): void {
  for (const [user, mailbox] of people) {
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
