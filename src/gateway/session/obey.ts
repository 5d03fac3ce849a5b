import { messageId } from "../../events/messageid.ts";
import { wordsOf } from "../../rules/receipts.ts";
import { readReply } from "../../protocol/internal/query.ts";
import { replyFrame } from "../../protocol/write.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { answered, type Effect } from "./session.ts";
import type { Socket } from "../socket/socket.ts";

/** Does what a session's step asks for. */
export function obey(socket: Socket, frame: ClientFrame, effects: readonly Effect[]): void {
  const { world, people, presence, now } = socket.shared;
  const user = socket.session?.user ?? "";
  for (const effect of effects) {
    switch (effect.do) {
      case "refuse":
        socket.refuse(effect.rejection, {
          ref: frame.ref,
          cid: frame.t === "send" ? frame.cid : undefined,
        });
        break;
      case "active":
        if (people.isNews(user, now())) world.active(user, effect.action);
        break;
      case "send":
        send(socket, user, effect.frame);
        break;
      case "receipt":
        receipt(socket, user, effect);
        break;
      case "typing":
        world.typing({ to: effect.to, from: user });
        break;
      case "watch":
        watch(socket, effect.users);
        break;
      case "unwatch":
        for (const other of effect.users) presence.unwatch(other, socket);
        break;
      case "ask":
        void ask(socket, frame, effect);
        break;
      case "pong":
        socket.say({
          t: "pong",
          head: socket.cursor.head,
          ...(frame.ref !== undefined && { ref: frame.ref }),
        });
    }
  }
}

function watch(socket: Socket, users: readonly string[]): void {
  for (const user of users) {
    // What it is told may be more than it reads: then it watches nobody any more.
    if (!socket.closed) socket.shared.presence.watch(user, socket);
  }
}

function send(socket: Socket, user: string, frame: Extract<ClientFrame, { t: "send" }>): void {
  const { world, log } = socket.shared;
  const { cid, to, body, replaces, ref } = frame;
  const done = (failed?: string): void => {
    if (socket.session !== undefined) socket.session = answered(socket.session, failed);
  };
  const device = socket.session?.device ?? "";
  const again = replaces !== undefined && { replaces };
  const fact = { type: "MessageSent", author: user, to, device, cid, body, ...again } as const;
  world.state(user, socket.sessionId, fact).then(
    (seq) => {
      done();
      const { durability } = world;
      socket.say({
        t: "sent",
        cid,
        id: messageId(user, seq),
        seq,
        durability,
        ...(ref !== undefined && { ref }),
      });
    },
    (error: unknown) => {
      done(cid);
      log.warn({ error }, "send not stored");
      socket.refuse({ code: "unavailable", retryAfterMs: 1_000 }, { ref, cid });
    },
  );
}

/** No reply: its effect is an event. A lost one is made good by the client's next. */
function receipt(
  socket: Socket,
  user: string,
  { peer, delivered, read }: Extract<Effect, { do: "receipt" }>,
): void {
  const device = socket.session?.device ?? "";
  const fact = { ...wordsOf({ delivered, read }), author: user, peer, device };
  socket.shared.world.receipt(user, socket.sessionId, fact);
}

async function ask(
  socket: Socket,
  frame: ClientFrame,
  { view, query }: Extract<Effect, { do: "ask" }>,
): Promise<void> {
  const { world, log } = socket.shared;
  const named = frame.ref === undefined ? {} : { ref: frame.ref };
  try {
    const reply = readReply(await world.ask(JSON.stringify(query)));
    if (reply.kind === "refusal") socket.refuse({ code: reply.code }, named);
    // Of the activity log, which is not the asker's mailbox, no seq is told.
    else
      socket.tell(replyFrame(view, view === "lastSeen" ? 0 : reply.seq, reply.result, frame.ref));
  } catch (error) {
    log.warn({ error }, "views did not answer");
    socket.refuse({ code: "unavailable", retryAfterMs: 1_000 }, named);
  }
}
