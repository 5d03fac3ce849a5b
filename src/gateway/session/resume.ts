import { eventFrame, readable } from "../../protocol/write.ts";
import type { Socket } from "../socket/socket.ts";

interface Since {
  readonly epoch: string;
  readonly seq: number;
}

/**
 * Reads the session's mailbox from the log up to `upTo` and forwards it, again and again until
 * nothing new has come meanwhile; from then on the session is live. With `since` it is the first
 * reading of a session: it starts there and ends with `caughtUp`, or with `resync` when the cursor
 * is void or the gap too long for the log.
 */
export async function resume(socket: Socket, upTo: number, since?: Since): Promise<void> {
  const { session, shared } = socket;
  if (session === undefined) return;
  try {
    const next = since === undefined ? await read(socket, upTo) : await first(socket, upTo, since);
    for (let more = next; more !== undefined && !socket.closed;) more = await read(socket, more);
  } catch (error) {
    shared.log.warn({ error }, "mailbox not read; the client comes back");
    socket.close("resync");
  }
}

async function first(socket: Socket, head: number, since: Since): Promise<number | undefined> {
  const user = socket.session?.user ?? "";
  const epoch = socket.shared.world.epochOf(user);
  const say = (reason: "epoch" | "rolled-back" | "too-long"): number | undefined => {
    socket.say({ t: "resync", mailbox: user, epoch, seq: head, reason });
    return socket.filled(head);
  };
  if (since.epoch !== epoch) return say("epoch");
  if (since.seq >= head) return say("rolled-back");
  socket.cursor = { ...socket.cursor, seq: since.seq };
  for await (const { entries, pending } of socket.shared.world.read(user, since.seq, head)) {
    if (socket.closed) return undefined;
    if (pending + entries.length > socket.shared.limits.resumeEntries) return say("too-long");
    for (const { seq, at, raw } of entries) {
      socket.forward(seq, eventFrame(user, seq, socket.cursor.seq, at, readable(raw)));
      // Not only after a page: a page may be more than a socket may have waiting.
      await socket.room();
    }
  }
  const next = socket.filled(head);
  socket.say({ t: "caughtUp", mailbox: user, seq: head });
  return next;
}

async function read(socket: Socket, upTo: number): Promise<number | undefined> {
  const user = socket.session?.user ?? "";
  for await (const { entries } of socket.shared.world.read(user, socket.cursor.seq, upTo)) {
    if (socket.closed) return undefined;
    for (const { seq, at, raw } of entries) {
      socket.forward(seq, eventFrame(user, seq, socket.cursor.seq, at, readable(raw)));
      await socket.room();
    }
  }
  return socket.filled(upTo);
}
