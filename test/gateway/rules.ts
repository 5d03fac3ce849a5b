import { expect } from "vitest";
import { toldOf } from "../../src/config/limits.ts";
import {
  awaiting,
  type Effect,
  type Happening,
  type Live,
  type Session,
  type Terms,
} from "../../src/gateway/session/session.ts";
import { step } from "../../src/gateway/session/step.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import type { Hello } from "../../src/protocol/frames/hello.ts";
import type { Send } from "../../src/protocol/frames/send.ts";
import { limits as allowed } from "./allowed.ts";

/** A session of alice's in each of its states, and words to say what happens to it. */
export const limits = {
  ...allowed,
  framesPerSecond: 10,
  framesBurst: 50,
  pendingSends: 3,
  watches: 3,
};
const terms: Terms = { limits, told: toldOf(limits) };
export const NOW = 1_000_000;
export const KEY = { sessionId: "s1", resume: "c2VjcmV0c2VjcmV0c2Vjcg" };
export const by = { user: "alice", deviceId: "d" };

export const fresh = awaiting(KEY, NOW, limits.helloMs);
export const run = (session: Session, happenings: readonly Happening[], now = NOW): Session =>
  happenings.reduce((at, happening) => step(at, happening, now, terms)[0], session);
export const said = (frame: ClientFrame): Happening => ({ type: "frame", frame });

export const hello: Hello = { t: "hello", token: "x", deviceId: "d" };
export const verified: Happening = {
  type: "verified",
  identity: { user: "alice", expiresAt: NOW + 100_000 },
};
export const opened: Happening = { type: "opened", head: 5, epoch: "e" };
export const opening = run(fresh, [said(hello), verified]);
export const welcomed = run(opening, [opened]) as Live;

export const send = (cid: string, to = "bob", more: object = {}): Send => ({
  t: "send",
  cid,
  to,
  body: "hello",
  ...more,
});

/** `given(frames).when(frame)`, and what alice's session asks for. */
export const given = (...before: ClientFrame[]) => from(run(welcomed, before.map(said)));
export const from = (session: Session) => ({
  when: (frame: ClientFrame, now = NOW) => happens(session, said(frame), now),
});
export function happens(session: Session, happening: Happening, now = NOW) {
  const [after, effects] = step(session, happening, now, terms);
  return {
    after: after as Live,
    effects,
    does: (...expected: Effect[]) => expect(effects).toEqual(expected),
    refuses: (code: string, field?: string) =>
      expect(effects[0]).toMatchObject({
        do: "say",
        frame: { t: "error", code, ...(field && { field }) },
      }),
    closes: (close: string) => {
      expect(effects).toContainEqual({ do: "close", close });
      expect(after).toEqual({ is: "closed" });
    },
  };
}
