import { describe, expect, test } from "vitest";
import type { Happening, Live } from "../../src/gateway/session/session.ts";
import {
  by,
  fresh,
  happens,
  hello,
  KEY,
  limits,
  NOW,
  opened,
  opening,
  run,
  said,
  verified,
} from "./rules.ts";

describe("a client that has said nothing", () => {
  test("says hello, and its token is read", () =>
    happens(fresh, said(hello)).does({ do: "verify", token: "x" }));

  test("and says anything else, is refused and sent away", () => {
    const { refuses, closes } = happens(fresh, said({ t: "ping", ref: 7 }));
    refuses("op.out_of_order", "t");
    closes("refused");
  });

  test("or nothing readable, is sent away", () =>
    happens(fresh, {
      type: "misread",
      rejection: { code: "frame.malformed" },
      names: {},
    }).closes("refused"));

  test("or a token that is too long for one, is sent for another", () =>
    happens(fresh, {
      type: "misread",
      rejection: { code: "auth.invalid_token", field: "token" },
      names: {},
    }).closes("badToken"));

  test("in time, is sent away, and not a moment before", () => {
    const tick: Happening = { type: "tick", silentMs: 0, beat: true };
    happens(fresh, tick, NOW + limits.helloMs - 1).does();
    happens(fresh, tick, NOW + limits.helloMs).closes("helloTimeout");
  });
});

describe("a client whose hello is under way", () => {
  test("speaks again, and is sent away", () => {
    happens(run(fresh, [said(hello)]), said(hello)).closes("refused");
    happens(opening, said({ t: "ping" })).closes("refused");
  });

  test("that waits for keys or for its turn until the time for hellos is over, is told to come back", () => {
    const tick: Happening = { type: "tick", silentMs: 0, beat: true };
    const waiting = run(fresh, [said(hello)]);
    happens(waiting, tick, NOW + limits.helloMs - 1).does();
    const { refuses, closes } = happens(waiting, tick, NOW + limits.helloMs);
    refuses("unavailable");
    closes("resync");
  });

  test("[N1] and whose stream is found to be away meanwhile, is told to come back, though its opening may be stored yet", () => {
    const tick = { type: "tick", silentMs: 0, beat: false } as const;
    happens(opening, tick).does();
    const { refuses, closes } = happens(opening, { ...tick, refused: true });
    refuses("unavailable");
    closes("resync");
  });

  test("with a token that is not accepted, is sent for a fresh one", () => {
    const { refuses, closes } = happens(run(fresh, [said(hello)]), {
      type: "verified",
      identity: undefined,
    });
    refuses("auth.invalid_token", "token");
    closes("badToken");
  });

  test("with a cursor of somebody else's mailbox, is refused as if there were none", () => {
    const since = [{ mailbox: "bob", epoch: "e", seq: 1 }];
    const { refuses, closes } = happens(run(fresh, [said({ ...hello, since })]), verified);
    refuses("not_found", "since.0.mailbox");
    closes("refused");
  });

  test("is counted and its opening stored, then it is welcomed", () => {
    const replaces = { sessionId: "s0", resume: KEY.resume };
    happens(run(fresh, [said({ ...hello, replaces })]), verified).does(
      { do: "greeted" },
      { do: "open", ...by, issuedAt: undefined, replaces },
      { do: "readAhead", user: "alice", since: undefined },
    );
    const { effects } = happens(opening, opened);
    expect(effects[0]).toMatchObject({
      do: "say",
      frame: { t: "welcome", ...KEY, user: "alice", head: 5, epoch: "e" },
    });
    expect(effects[1]).toMatchObject({ do: "fill", fill: { after: 0, upTo: 5, first: true } });
  });

  test("when there is no place, is told to come back later, and nothing is stated", () => {
    const { refuses, closes, effects } = happens(opening, {
      type: "turnedAway",
      rejection: { code: "limit.devices" },
    });
    refuses("limit.devices");
    closes("tooMany");
    expect(effects.map((effect) => effect.do)).not.toContain("leave");
  });

  test("when its opening cannot be stored, comes back, and its end is stated: the opening may come late", () => {
    const { refuses, closes, effects } = happens(opening, { type: "unopened" });
    refuses("unavailable");
    closes("resync");
    expect(effects.at(-1)).toEqual({ do: "leave", by, watched: [], reason: "left" });
  });

  test("is told of nothing that is routed, and does not lose it", () => {
    const routed: Happening = { type: "routed", seq: 9, prev: 5, frame: "{}" };
    happens(opening, routed).does();
    happens(opening, { type: "signal", frame: "{}" }).does();
    const live = run(opening, [routed, opened]) as Live;
    expect(live.cursor).toEqual({ seq: 0, head: 9, filling: true });
  });
});
