import type { Logger } from "pino";
import type { CloseName, Rejection } from "../../protocol/codes.ts";
import type { Hello } from "../../protocol/frames/hello.ts";
import { NotNowError, type Identity } from "../ports.ts";
import { resume } from "./resume.ts";
import type { Socket } from "../socket/socket.ts";

/** Judges a hello; opens the session and brings it up to date, or says why not and closes. */
export async function greet(socket: Socket, hello: Hello): Promise<void> {
  const refuse = (rejection: Rejection, close: CloseName): void => {
    socket.refuse(rejection, { ref: hello.ref });
    socket.close(close);
  };
  const { world, told, people, verify, now, log } = socket.shared;
  try {
    const identity = await verify(hello.token);
    if (socket.closed) return;
    if (identity === undefined)
      return refuse({ code: "auth.invalid_token", field: "token" }, "refused");
    const rejection = foreign(hello, identity);
    if (rejection !== undefined) return refuse(rejection, "refused");
    const tooMany = people.enter(identity.user, now());
    if (tooMany !== undefined) return refuse(tooMany, "tooMany");
    const head = await socket.begin(identity, hello.deviceId);
    const { user } = identity;
    const { sessionId } = socket;
    const epoch = world.epochOf(user);
    const ref = hello.ref === undefined ? {} : { ref: hello.ref };
    socket.welcome({ t: "welcome", sessionId, user, head, epoch, limits: told, ...ref });
    await resume(socket, head, hello.since?.[0] ?? { epoch, seq: 0 });
  } catch (error) {
    refuse(delay(error, log), "resync");
  }
}

/** The token's keys are not known yet, or the log could not be reached: not the client's fault. */
function delay(error: unknown, log: Logger): Rejection {
  if (error instanceof NotNowError)
    return { code: "unavailable", retryAfterMs: error.retryAfterMs };
  log.warn({ error }, "session not opened");
  return { code: "unavailable", retryAfterMs: 1_000 };
}

/** A cursor of a mailbox that is not the user's: the same answer whether it exists or not. */
function foreign({ since }: Hello, { user }: Identity): Rejection | undefined {
  const index = since?.findIndex(({ mailbox }) => mailbox !== user) ?? -1;
  return index < 0 ? undefined : { code: "not_found", field: `since.${index}.mailbox` };
}
