import type { Deed, Happening, LoggedEvent, Status } from "./history/happening.ts";

/** A small history in which every promise is kept; specs change it, and see who notices. */

const wall = 1_000_000;

/** alice writes two messages to bob over one socket; bob reads the first; each has one device. */
export function good(): Happening[] {
  return timed([
    { what: "clock", wall },
    { what: "joins", device: "alice-phone", user: "alice", kind: "app" },
    { what: "joins", device: "bob-phone", user: "bob", kind: "app" },
    ...opened("alice", 1),
    ...opened("bob", 2),
    ...message(1, 3, 4),
    { what: "fault", n: 1, kind: "kill", target: "gateway-2", phase: "begins" },
    { what: "fault", n: 1, kind: "kill", target: "gateway-2", phase: "confirmed" },
    { what: "sees", socket: "bob-phone/1", user: "alice", online: true, lastSeen: wall + 1_100 },
    ...message(2, 5, 6),
    { what: "fault", n: 1, kind: "kill", target: "gateway-2", phase: "ends" },
    { what: "says", socket: "bob-phone/1", type: "delivered", peer: "alice", upTo: 5 },
    ...receipt({ type: "MessageDelivered", upTo: 5 }, 7, 8),
    { what: "says", socket: "bob-phone/1", type: "read", peer: "alice", upTo: 3 },
    ...receipt({ type: "MessageRead", upTo: 3 }, 9, 10, {
      type: "MessageDelivered",
      upTo: 5,
      read: 3,
    }),
    { what: "ticks", device: "alice-phone", text: "1", status: "read" },
    { what: "ticks", device: "alice-phone", text: "2", status: "delivered" },
    { what: "leaderless", streams: [] },
    { what: "memory", process: "gateway-1", bytes: 100 * 2 ** 20 },
    { what: "healed" },
    { what: "quiet", settled: true, lacks: [] },
    final("alice-phone", "bob", [3, 5]),
    final("bob-phone", "alice", [4, 6]),
    { what: "audit", by: "posthorn check", code: 0, says: "2 messages came" },
  ]);
}

type Receipt = Pick<LoggedEvent, "type" | "upTo" | "read">;

/** Times a minute apart at the end, so that what is late is late. */
const timed = (deeds: readonly Deed[]): Happening[] =>
  deeds.map((deed, i) => ({ at: i * 100, ...deed }));

const opened = (user: string, head: number): Deed[] => {
  const socket = `${user}-phone/1`;
  const event = { type: "SessionOpened" };
  return [
    { what: "opens", socket, device: `${user}-phone`, user },
    { what: "hello", socket },
    stored(head, user, "session", event),
    { what: "gets", socket, mailbox: user, seq: head, prev: 0, event },
    { what: "caught-up", socket, seq: head },
  ];
};

/** alice's message `n` at `seq` of her mailbox, and its copy at `there` in bob's. */
function message(n: number, seq: number, there: number): Deed[] {
  const text = `${n}`;
  const fact = { type: "MessageSent", author: "alice", to: "bob", text };
  const copy = { ...fact, cause: seq, position: seq };
  return [
    { what: "writes", device: "alice-phone", user: "alice", to: "bob", text, n },
    { what: "sends", socket: "alice-phone/1", cid: `a.${n}`, text },
    stored(seq, "alice", "fact", fact),
    { what: "acked", socket: "alice-phone/1", text, id: `alice:${seq}`, seq },
    gets("alice", seq, n === 1 ? 1 : seq - 2, fact),
    shows("alice-phone", "bob", text, seq),
    { what: "ticks", device: "alice-phone", text, status: "sent" },
    stored(there, "bob", "copy", copy),
    gets("bob", there, n === 1 ? 2 : there - 2, copy),
    shows("bob-phone", "alice", text, seq),
  ];
}

/** bob's receipt at `seq`, and its copy at `there` in alice's mailbox, which says both watermarks. */
function receipt(stated: Receipt, seq: number, there: number, told = stated): Deed[] {
  const fact = { ...stated, author: "bob", peer: "alice" };
  const copy = { ...told, author: "bob", peer: "alice", cause: seq };
  return [
    stored(seq, "bob", "fact", fact),
    gets("bob", seq, seq === 7 ? 6 : 7, fact),
    stored(there, "alice", "copy", copy),
    gets("alice", there, there === 8 ? 5 : 8, copy),
  ];
}

const stored = (seq: number, owner: string, kind: string, event: { type: string }): Deed => ({
  what: "stored",
  stream: "MAILBOX_0",
  seq,
  position: seq,
  owner,
  kind,
  wall: wall + seq,
  event,
});

const gets = (user: string, seq: number, prev: number, event: { type: string }): Deed => ({
  what: "gets",
  socket: `${user}-phone/1`,
  mailbox: user,
  seq,
  prev,
  event,
});

const shows = (device: string, chat: string, text: string, position: number): Deed => ({
  what: "shows",
  device,
  chat,
  text,
  id: `alice:${position}`,
  times: 1,
});

const STATUSES: Record<string, Status[]> = {
  "alice-phone": ["read", "delivered"],
  "bob-phone": ["sent", "sent"],
};

const final = (device: string, chat: string, seqs: readonly number[]): Deed => ({
  what: "final",
  device,
  chat,
  items: seqs.map((seq, i) => ({
    text: `${i + 1}`,
    author: "alice",
    id: `alice:${[3, 5][i]}`,
    seq,
    status: STATUSES[device]?.[i] ?? "sent",
  })),
});
