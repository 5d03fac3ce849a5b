/** Somebody of the demo. */
export interface Person {
  readonly id: string;
  /** Works, lives or plays with Alice: decides what they talk about. */
  readonly of: "work" | "home" | "sport";
}

export const PEOPLE: readonly Person[] = [
  { id: "alice", of: "home" },
  { id: "bob", of: "home" },
  { id: "carol", of: "work" },
  { id: "dave", of: "work" },
  { id: "erin", of: "sport" },
  { id: "frank", of: "sport" },
  { id: "grace", of: "home" },
  { id: "heidi", of: "work" },
  { id: "ivan", of: "home" },
  { id: "judy", of: "work" },
  { id: "mallory", of: "sport" },
  { id: "niaj", of: "home" },
];

/** A chat of two people, and how it stands when the demo is ready. */
export interface Pair {
  readonly between: readonly [string, string];
  /** Conversations they have had, one a day. */
  readonly days: number;
  /** Messages of the second that the first has not read. */
  readonly unread?: number;
  /** Messages of the first that the second has not got: the second's devices are off. */
  readonly undelivered?: number;
}

export const PAIRS: readonly Pair[] = [
  { between: ["alice", "bob"], days: 12 },
  { between: ["alice", "carol"], days: 8, unread: 2 },
  { between: ["alice", "dave"], days: 5, undelivered: 1 },
  { between: ["alice", "erin"], days: 6, unread: 5 },
  { between: ["alice", "frank"], days: 3 },
  { between: ["alice", "grace"], days: 7, undelivered: 3 },
  { between: ["alice", "heidi"], days: 2 },
  { between: ["alice", "ivan"], days: 4, unread: 1 },
  { between: ["alice", "judy"], days: 2 },
  { between: ["alice", "mallory"], days: 1, unread: 9 },
  { between: ["alice", "niaj"], days: 3 },
  { between: ["bob", "grace"], days: 6, unread: 2 },
  { between: ["bob", "ivan"], days: 4 },
  { between: ["bob", "niaj"], days: 3, undelivered: 2 },
  { between: ["carol", "dave"], days: 6 },
  { between: ["carol", "heidi"], days: 3, unread: 1 },
  { between: ["dave", "judy"], days: 2 },
  { between: ["erin", "frank"], days: 5, unread: 4 },
  { between: ["erin", "mallory"], days: 2 },
  { between: ["heidi", "judy"], days: 2 },
];
