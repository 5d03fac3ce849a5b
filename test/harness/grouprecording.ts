import type { Deed, Happening, LoggedEvent } from "./history/happening.ts";

/** A small history of a group in which every promise is kept; specs change it, and see who notices. */

export const GROUP = "g-AAAAAAAAAAAAAAAAAAAAAA";
const wall = 1_000_000;

/** The group's facts, the first at position 1: alice makes it, carol is removed and comes back, and all three write. */
const FACTS: readonly LoggedEvent[] = [
  {
    type: "GroupChanged",
    by: "alice",
    change: {
      do: "create",
      name: "Walkers",
      members: ["alice", "bob", "carol"],
      limits: { members: 1_024, sendsPerSecond: 100 },
    },
  },
  said("alice", "a1"),
  { type: "GroupChanged", by: "alice", change: { do: "remove", user: "carol" } },
  said("bob", "b1"),
  { type: "GroupChanged", by: "alice", change: { do: "add", users: ["carol"] } },
  said("carol", "c2"),
  said("alice", "a2"),
];
/** The positions that each may see. */
const SEEN: Readonly<Record<string, readonly number[]>> = {
  alice: [1, 2, 3, 4, 5, 6, 7],
  bob: [1, 2, 3, 4, 5, 6, 7],
  carol: [1, 2, 3, 5, 6, 7],
};

/** Three people with a device each; the second message of carol's is refused, since she was out. */
export const goodGroup = (): Happening[] =>
  [
    { what: "clock", wall } as const,
    ...Object.keys(SEEN).flatMap(arrives),
    ...["a1", "b1", "c1", "c2", "a2"].flatMap(written),
    ...FACTS.map((event, i) => stored(GROUP, "group", i + 1, event)),
    stored("carol", "copy", 90, { type: "Refused", author: GROUP, cause: 3, cid: "carol.1" }),
    ...Object.keys(SEEN).flatMap(heard),
    ...(["sent", "delivered", "read"] as const).map((status) => ticks("alice-phone", "a1", status)),
    ...(["sent", "failed"] as const).map((status) => ticks("carol-phone", "c1", status)),
    { what: "gives-up", device: "carol-phone", text: "c1", code: "not_found" } as const,
    { what: "healed" } as const,
    { what: "quiet", settled: true, lacks: [] } as const,
    ...Object.keys(SEEN).map(final),
  ].map((deed: Deed, i) => ({ at: i, ...deed }));

function said(author: string, text: string): LoggedEvent {
  return { type: "MessageSent", author, to: GROUP, text, cid: `${author}.${text.slice(1)}` };
}

const socketOf = (user: string): string => `${user}-phone/1`;

const arrives = (user: string): Deed[] => [
  { what: "joins", device: `${user}-phone`, user, kind: "app" },
  { what: "opens", socket: socketOf(user), device: `${user}-phone`, user },
];

/** Each text begins with the letter of its author. */
function written(text: string, i: number): Deed[] {
  const user = ["alice", "bob", "carol"].find(([letter]) => letter === text[0]) ?? "";
  const n = Number(text.slice(1));
  const [socket, cid] = [socketOf(user), `${user}.${n}`];
  const seq = 10 + i;
  return [
    { what: "writes", device: `${user}-phone`, user, to: GROUP, text, n },
    { what: "sends", socket, cid, text },
    stored(user, "fact", seq, { type: "MessageSent", author: user, to: GROUP, text, cid }),
    { what: "acked", socket, text, id: "", seq },
  ];
}

const stored = (owner: string, kind: string, seq: number, event: LoggedEvent): Deed => ({
  what: "stored",
  stream: "MAILBOX_0",
  seq,
  position: seq,
  owner,
  kind,
  wall: wall + seq,
  event,
});

function heard(user: string): Deed[] {
  const socket = socketOf(user);
  const at = (seq: number, by: "follows" | "unfollows"): Deed => ({
    what: "group-place",
    socket,
    group: GROUP,
    seq,
    by,
  });
  return [
    at(0, "follows"),
    ...(SEEN[user] ?? []).flatMap((seq): Deed[] => {
      const event = FACTS[seq - 1] ?? { type: "" };
      const gets: Deed = { what: "group-gets", socket, group: GROUP, seq, prev: seq - 1, event };
      if (event.change?.do === "remove" && user === "carol") return [gets, at(seq, "unfollows")];
      if (event.change?.do === "add" && user === "carol") return [at(seq - 1, "follows"), gets];
      return [gets];
    }),
  ];
}

const ticks = (
  device: string,
  text: string,
  status: "sent" | "delivered" | "read" | "failed",
): Deed => ({ what: "ticks", device, text, status });

const final = (user: string): Deed => ({
  what: "final",
  device: `${user}-phone`,
  chat: GROUP,
  items: (SEEN[user] ?? []).flatMap((seq) => {
    const { text, author = "" } = FACTS[seq - 1] ?? {};
    if (text === undefined) return [];
    return [{ text, author, id: `${GROUP}:${seq}`, seq, status: "sent" as const }];
  }),
});
