import type { ClientFrame } from "../protocol/frames/frame.ts";
import type { ClientOptions } from "./api.ts";
import { Link, type LinkPorts } from "./connection/link.ts";
import { Presences } from "./connection/presences.ts";
import { Requests } from "./connection/requests.ts";
import { Signals } from "./connection/signals.ts";
import type { Emitter } from "./emitter.ts";
import type { Folding, LocalChat, Row } from "./mailbox/localchat.ts";
import { PERSON, type Machine } from "./machine.ts";
import { Logout } from "./mailbox/logout.ts";
import { Inbox } from "./mailbox/inbox.ts";
import { Local } from "./mailbox/local.ts";
import { Receipts, type ReadingState } from "./mailbox/receipts.ts";
import { Sync } from "./mailbox/sync.ts";
import { readSent } from "./mailbox/loading.ts";
import { Entries, type Changed } from "./outbox/entries.ts";
import type { OutboxEntry } from "./outbox/entry.ts";
import { Heir } from "./outbox/heir.ts";
import { Outbox } from "./outbox/outbox.ts";
import { Pen } from "./outbox/pen.ts";
import { letterOf, sizeOf, TOO_LARGE } from "./outbox/letter.ts";
import { Askers } from "./groups/askers.ts";
import { GroupSync } from "./groups/groupsync.ts";
import { isSent } from "./mailbox/chat.ts";
import { Letterbox } from "./outbox/letterbox.ts";
import { Announcer } from "./state/announcer.ts";
import { State } from "./state/state.ts";
import { memoryStorage } from "./storage/storage.ts";

/** The parts of a client, as far as its face needs them. */
export interface Parts {
  readonly pen: Pen;
  readonly entries: Entries;
  readonly local: Local;
  readonly outbox: Outbox;
  readonly desk: Letterbox;
  readonly receipts: Receipts;
  readonly requests: Requests;
  readonly signals: Signals;
  readonly presences: Presences;
  readonly state: State;
  readonly announcer: Announcer;
  readonly link: Link;
  readonly logout: Logout;
}

/** Everything that the parts tell the face. */
interface Face {
  emit: Emitter["emit"];
  posted: Changed;
  folded(change: Folding): void;
}

/** The ground that a client is made on. */
interface Given extends Required<Pick<ClientOptions, "storage" | "random" | "now" | "elapsed">> {
  readonly options: ClientOptions;
  readonly machine: Machine;
}

/** The place where everything is chosen that an app leaves out. */
function givenBy(options: ClientOptions, machine: Machine): Given {
  const { storage = memoryStorage(), random = Math.random } = options;
  const { now = Date.now, elapsed = () => performance.now() } = options;
  return { options, machine, storage, random, now, elapsed };
}

/** Makes the parts of a client and wires them. Nothing happens before the link is started. */
export function assemble(options: ClientOptions, face: Face, machine: Machine = PERSON): Parts {
  const given = givenBy(options, machine);
  const { emit } = face;
  const [pen, announcer, asks] = [new Pen(), new Announcer(), new Askers()];
  const changed = announcer.announce;
  const changedEntry: Changed = (...change) =>
    entryChanged({ local, state, face, machine }, ...change);
  const entries = new Entries(changedEntry, tellForgotten(emit));
  const local: Local = new Local({
    ...options,
    ...given,
    changed: (peer) => state.changed(peer),
    saved: (peers) => receipts.tell(peers),
    otherLogin: () => sync.forget("another log-in"),
    ended: () => logout.end(),
    entries: () => entries.all,
    failed: (error) => emit("error", { code: "storage.failed", message: inWords(error) }),
  });
  const link: Link = linkOf(given, {
    hello: () => sync.hello(),
    frame: (frame) => inbox.take(frame),
    asking: () => requests.isOwed,
    lost: (refusal) => inbox.lost(refusal),
    changed,
  });
  const wire = wireOf(link, given);
  const requests = new Requests(wire);
  const outbox = outboxOf({ entries, local, link, requests }, asks, given);
  const heir = new Heir({ local, entries, outbox, pen });
  const receipts = new Receipts({ chats: standings(local.chats, machine), ...wire });
  const signals = new Signals({ ...wire, changed });
  const presences = new Presences({ ...wire, changed });
  const state: State = new State({ local, entries, requests, announcer });
  const left = (): void => sync.leave();
  const logout: Logout = new Logout({ local, entries, link, asks, left });
  const desk = letterboxOf({ local, pen, entries, outbox, asks, state, now: given.now }, link);
  const inner = { pen, entries, local, outbox, receipts, requests, link, logout, desk };
  const parts = { ...inner, signals, presences, state, announcer };
  const following = new GroupSync({
    ...parts,
    outcomes: outbox.outcomes,
    emit,
    folded: face.folded,
  });
  const sync = new Sync({ ...parts, following, heir, emit, folded: face.folded, machine });
  machine.attach(parts);
  const inbox = new Inbox(sync, link);
  return parts;
}

/** An entry of the outbox is new, differs or is gone: all who show it or keep it are told. */
function entryChanged(
  {
    local,
    state,
    face,
    machine,
  }: Pick<Parts, "local" | "state"> & { face: Face; machine: Machine },
  ...[entry, how, instead]: Parameters<Changed>
): void {
  local.post(entry, how === "gone");
  state.changed(entry.to);
  face.posted(entry, how, instead);
  if (how === "changed" && entry.error !== undefined) machine.refused(entry);
}

type Clocks = Pick<Given, "now" | "elapsed">;
const momentBy =
  ({ now, elapsed }: Clocks) =>
  () => ({ elapsed: elapsed(), wall: now() });

const wireOf = (link: Link, clocks: Clocks) => ({
  send: (frame: ClientFrame) => link.send(frame),
  limits: () => link.limits,
  elapsed: clocks.elapsed,
  moment: momentBy(clocks),
});

const letterboxOf = (
  ports: Omit<ConstructorParameters<typeof Letterbox>[0], "isClosed">,
  link: Link,
): Letterbox => new Letterbox({ ...ports, isClosed: () => link.state === "closed" });

function outboxOf(
  { entries, local, link, requests }: Pick<Parts, "entries" | "local" | "link" | "requests">,
  asks: Askers,
  given: Given,
): Outbox {
  const { random, machine } = given;
  const loaded = (peer: string): readonly Row[] => {
    const chat = local.chats.get(peer);
    return chat?.messages.filter((row) => isSent(chat, row)) ?? [];
  };
  return new Outbox(entries, {
    post: (entry, auto) => post(link, entry, auto || machine.isOne),
    sends: () => local.meta.sends,
    isMine: local.orphans.isMine,
    loaded,
    read: (peer, after) => readSent(local, requests, peer, after),
    done: (sent) => local.keys.note(sent),
    asked: (entry, error) => asks.settled(entry, error),
    claimKey: (entry, mark) => local.claimKey(entry, mark),
    keep: (entry) => local.post(entry, false),
    moment: momentBy(given),
    random,
  });
}

/** The link of a client; a machine hears everything behind the client itself. */
const linkOf = (
  { machine, ...given }: Given,
  ports: Omit<LinkPorts, keyof Given | "replaces">,
): Link =>
  new Link({
    ...ports,
    ...given,
    // A machine waits for the end of its older sessions: one that it replaced could still have something stored.
    replaces: !machine.isOne,
    frame: (frame) => {
      ports.frame(frame);
      machine.heard(frame);
    },
    lost: (refusal) => {
      ports.lost(refusal);
      machine.lost();
    },
  });

/** The chats as receipts are about them. */
const standings = (
  chats: ReadonlyMap<string, LocalChat>,
  machine: Machine,
): Pick<ReadonlyMap<string, ReadingState>, "get" | "keys"> => ({
  keys: () => chats.keys(),
  get: (peer) => {
    const chat = chats.get(peer);
    return chat && machine.standing(chat);
  },
});

/** Sends an entry; a code says why it can never be sent. */
function post(link: Link, entry: OutboxEntry, auto: boolean): string | undefined {
  const { cid, replaces, ask, to } = entry;
  if (ask) {
    link.send({ t: "ask", cid, ...(to && { group: to }), ask });
    return undefined;
  }
  const marks = { ...(replaces && { replaces }), ...(auto && { auto }) };
  const frame = { t: "send", cid, ...letterOf(entry), ...marks } as const;
  // The server would cut the connection, again and again.
  if (sizeOf(frame) > (link.limits?.frameBytes ?? Infinity)) return TOO_LARGE;
  link.send(frame);
  return undefined;
}

const tellForgotten = (emit: Emitter["emit"]) => (count: number) => {
  const message = `${count} of somebody else who was logged in here were not sent, and are forgotten.`;
  emit("error", { code: "outbox.forgotten", message });
};
const inWords = (error: unknown): string =>
  `This device cannot keep anything: what is here now is gone when it is closed. (${String(error)})`;
