/** Notes of a log, of sockets that follow it, and of what was broken meanwhile, in the order in which it happened. Times are ms. */
export type Hearing =
  | { readonly what: "stored"; readonly user: string; readonly seq: number; readonly at: number }
  /** The socket is caught up to `seq`. */
  | {
      readonly what: "follows";
      readonly socket: string;
      readonly user: string;
      readonly seq: number;
      readonly at: number;
    }
  | { readonly what: "gets"; readonly socket: string; readonly seq: number; readonly at: number }
  | { readonly what: "closed"; readonly socket: string; readonly at: number }
  /** No gateway has a broker, or the socket's own link is cut or slow: that time does not count. */
  | { readonly what: "excused" | "accused"; readonly socket: string; readonly at: number }
  /** The end of the watching. */
  | { readonly what: "over"; readonly at: number };

/** A time in which a socket was behind the log. */
export interface Deafness {
  readonly socket: string;
  readonly user: string;
  /** The last entry that it had. */
  readonly seq: number;
  readonly from: number;
  readonly until: number;
}

interface Listener {
  readonly user: string;
  seq: number;
  /** Since when the socket has to have what is stored. */
  since: number;
  excused: boolean;
  /** Place in the user's log of the first entry that it may lack. */
  next: number;
}

interface Entry {
  readonly seq: number;
  readonly at: number;
}

/** Each time in which an open socket that is caught up, and whose own link is neither cut nor slow, was more than `withinMs` behind the log. */
export function deafness(notes: readonly Hearing[], withinMs: number): Deafness[] {
  const found: Deafness[] = [];
  const listeners = new Map<string, Listener>();
  const logs = new Map<string, Entry[]>();
  /** Judges a socket as it was until now. */
  const look = (socket: string, each: Listener | undefined, until: number): void => {
    if (each === undefined || each.excused) return;
    const log = logs.get(each.user) ?? [];
    while ((log[each.next]?.seq ?? Infinity) <= each.seq) each.next++;
    const lacks = log[each.next];
    const from = lacks === undefined ? until : Math.max(lacks.at, each.since);
    if (until - from <= withinMs) return;
    found.push({ socket, user: each.user, seq: each.seq, from, until });
    each.since = until;
  };
  for (const note of notes) {
    const each = "socket" in note ? listeners.get(note.socket) : undefined;
    if ("socket" in note) look(note.socket, each, note.at);
    switch (note.what) {
      case "stored": {
        const log = logs.get(note.user);
        if (log === undefined) logs.set(note.user, [note]);
        else log.push(note);
        break;
      }
      case "follows":
        listeners.set(note.socket, { ...note, since: note.at, excused: false, next: 0 });
        break;
      case "gets":
        if (each !== undefined) each.seq = Math.max(each.seq, note.seq);
        break;
      case "closed":
        listeners.delete(note.socket);
        break;
      case "excused":
      case "accused":
        if (each === undefined) break;
        each.excused = note.what === "excused";
        each.since = note.at;
        break;
      case "over":
        for (const [socket, other] of listeners) look(socket, other, note.at);
    }
  }
  return found;
}
