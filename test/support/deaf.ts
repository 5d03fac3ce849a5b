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

interface Ear {
  readonly user: string;
  seq: number;
  /** Since when the socket has to have what is stored. */
  since: number;
  excused: boolean;
}

interface Stored {
  readonly seq: number;
  readonly at: number;
}

/**
 * I16: an open socket that is caught up, and whose own link is neither cut nor slow, is never more than `withinMs` behind the log. Each
 * breach of it, as a sentence.
 */
export function deaf(notes: readonly Hearing[], withinMs: number): string[] {
  const found: string[] = [];
  const ears = new Map<string, Ear>();
  const logs = new Map<string, Stored[]>();
  /** Judges a socket as it was until now. */
  const look = (socket: string, ear: Ear | undefined, at: number): void => {
    if (ear === undefined || ear.excused) return;
    const lacks = logs.get(ear.user)?.find(({ seq }) => seq > ear.seq);
    const ms = lacks === undefined ? 0 : at - Math.max(lacks.at, ear.since);
    if (ms <= withinMs) return;
    found.push(`deaf: ${socket} has ${ear.seq} of ${ear.user}, ${ms} ms behind`);
    ear.since = at;
  };
  for (const note of notes) {
    const ear = "socket" in note ? ears.get(note.socket) : undefined;
    if ("socket" in note) look(note.socket, ear, note.at);
    switch (note.what) {
      case "stored":
        logs.set(note.user, [...(logs.get(note.user) ?? []), note]);
        break;
      case "follows":
        ears.set(note.socket, { user: note.user, seq: note.seq, since: note.at, excused: false });
        break;
      case "gets":
        if (ear !== undefined) ear.seq = Math.max(ear.seq, note.seq);
        break;
      case "closed":
        ears.delete(note.socket);
        break;
      case "excused":
      case "accused":
        if (ear === undefined) break;
        ear.excused = note.what === "excused";
        ear.since = note.at;
        break;
      case "over":
        for (const [socket, each] of ears) look(socket, each, note.at);
    }
  }
  return found;
}
