import { describe, expect, test } from "vitest";
import { STRIKES_MAX } from "../../src/gateway/session/blame.ts";
import type { Effect, Happening, Live } from "../../src/gateway/session/session.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import {
  by,
  from,
  given,
  happens,
  hello,
  limits,
  NOW,
  run,
  said,
  send,
  welcomed,
} from "./rules.ts";

describe("a greeted client", () => {
  test("that says hello again, is refused", () =>
    given().when(hello).refuses("op.out_of_order", "t"));

  test("that speaks too fast, is told how long to wait", () => {
    const pings = Array.from({ length: limits.framesBurst }, (): ClientFrame => ({ t: "ping" }));
    const fast = given(...pings);
    expect(fast.when({ t: "ping" }).effects[0]).toMatchObject({
      frame: { code: "rate_limited", retryAfterMs: 100 },
    });
    fast.when({ t: "ping" }, NOW + 100).does({ do: "say", frame: { t: "pong" } });
  });

  test("[D4] gathers a strike per refusal, a good frame forgives them all, and the last ends it", () => {
    const bad = send("a.1", "alice");
    const { after } = given(bad, bad).when(bad);
    expect(after.strikes).toBe(3);
    expect(from(after).when({ t: "focus" }).after.strikes).toBe(0);
    const most = Array.from({ length: STRIKES_MAX - 1 }, () => bad);
    given(...most)
      .when(bad)
      .closes("abuse");
    const { closes, effects } = happens(run(welcomed, most.map(said)), {
      type: "misread",
      rejection: { code: "frame.malformed" },
      names: {},
    });
    closes("abuse");
    expect(effects.at(-1)).toEqual({ do: "leave", by, watched: [], reason: "refused" });
  });

  test("whose token ends, is sent for a fresh one", () =>
    happens(welcomed, { type: "tick", silentMs: 0, beat: false }, NOW + 100_000).closes("expired"));

  test("that gives no sign of life for too long, is sent away, and not a moment before", () => {
    const tick = { type: "tick", beat: false } as const;
    happens(welcomed, { ...tick, silentMs: limits.idleMs }).does();
    happens(welcomed, { ...tick, silentMs: limits.idleMs + 1 }).closes("idle");
  });

  test("is told why it is ended, and so is its mailbox", () => {
    const watching = run(welcomed, [said({ t: "watch", users: ["bob"] })]);
    happens(watching, { type: "ended", close: "drained" }).does(
      { do: "close", close: "drained" },
      { do: "leave", by, watched: ["bob"], reason: "drained" },
    );
    happens(welcomed, { type: "ended", close: "limit" }).does(
      { do: "say", frame: expect.objectContaining({ retryAfterMs: 60_000 }) },
      { do: "close", close: "limit" },
      { do: "leave", by, watched: [], reason: "limit" },
    );
  });

  test("that is gone, leaves once", () => {
    const gone: Happening = { type: "gone", code: 1006 };
    const { after, does } = happens(welcomed, gone);
    does({ do: "leave", by, watched: [], reason: "left" });
    happens(after, gone).does();
    happens(after, { type: "ended", close: "slow" }).does();
    happens(after, said({ t: "ping" })).does();
  });
});

describe("a send", () => {
  test("is stored, and shows that a human is there", () => {
    const frame = send("a.1");
    given()
      .when(frame)
      .does({ do: "send", by, frame }, { do: "active", user: "alice", action: "send" });
  });

  test("of a machine, shows nobody", () => {
    const frame = send("a.1", "bob", { auto: true });
    given().when(frame).does({ do: "send", by, frame });
  });

  test("to oneself, is refused", () => given().when(send("a.1", "alice")).refuses("id.self", "to"));

  test("[S7] beyond what may be pending, is refused and may come again: that is not the client's doing", () => {
    const { after, refuses } = given(send("a.1"), send("a.2"), send("a.3")).when(send("a.4"));
    refuses("limit.pending");
    expect(after.strikes).toBe(0);
  });

  test("that is answered makes room, whether it is stored or refused", () => {
    const full = run(welcomed, [send("a.1"), send("a.2"), send("a.3")].map(said)) as Live;
    const sent = { t: "sent", cid: "a.1", id: "alice:7", seq: 7, durability: "stored" } as const;
    const one = happens(full, { type: "stored", frame: send("a.1"), sent });
    one.does({ do: "say", frame: sent });
    const two = happens(one.after, {
      type: "refused",
      frame: send("a.2"),
      rejection: { code: "unavailable" },
      blamed: false,
    });
    two.refuses("unavailable");
    expect(two.after).toMatchObject({ strikes: 0, pendingSends: 1 });
    expect(from(two.after).when(send("a.2")).after.pendingSends).toBe(2);
  });
});

describe("a receipt", () => {
  test("[P1] of what was delivered, shows no human", () => {
    const frame: ClientFrame = { t: "delivered", peer: "bob", upTo: 7 };
    given().when(frame).does({ do: "mark", by, frame });
  });

  test("[P1] of what was read, shows a human, unless a machine says it", () => {
    const frame: ClientFrame = { t: "read", peer: "bob", upTo: 7 };
    given()
      .when(frame)
      .does({ do: "mark", by, frame }, { do: "active", user: "alice", action: "read" });
    const auto: ClientFrame = { ...frame, auto: true };
    given().when(auto).does({ do: "mark", by, frame: auto });
  });

  test("for oneself, is refused", () =>
    given().when({ t: "read", peer: "alice", upTo: 7 }).refuses("id.self", "peer"));
});

describe("typing and looking", () => {
  const typing: ClientFrame = { t: "typing", peer: "bob" };
  const typed: Effect[] = [
    { do: "typing", from: "alice", frame: { t: "typing", peer: "bob" } },
    { do: "active", user: "alice", action: "typing" },
  ];

  test("are passed on and show a human", () => {
    given()
      .when(typing)
      .does(...typed);
    given().when({ t: "focus" }).does({ do: "active", user: "alice", action: "focus" });
  });

  test("too often are refused, each in its own time", () => {
    given(typing, typing, typing).when(typing).refuses("rate_limited");
    given(typing, typing, typing)
      .when(typing, NOW + 1_000)
      .does(...typed);
  });
});

describe("watching", () => {
  const watch = (...users: string[]) => ({ t: "watch", users }) as const;

  test("asks for each user once, and knows whom it named first", () => {
    const frame = watch("bob", "carol", "carol");
    given(watch("bob"))
      .when(frame)
      .does({ do: "watch", by, frame, users: ["bob", "carol"], fresh: ["carol"] });
  });

  test("beyond the limit is refused, and nobody of that frame is watched", () => {
    const { after, refuses } = given(watch("bob", "carol")).when(watch("dave", "erin"));
    refuses("limit.watches", "users");
    expect([...after.watched]).toEqual(["bob", "carol"]);
  });

  test("that the user has no more of, is taken back", () => {
    const { after } = happens(run(welcomed, [watch("bob"), watch("bob", "carol")].map(said)), {
      type: "refused",
      frame: watch("bob", "carol"),
      rejection: { code: "rate_limited", retryAfterMs: 50 },
      blamed: false,
      users: ["carol"],
    });
    expect([...after.watched]).toEqual(["bob"]);
    expect(after.strikes).toBe(0);
  });

  test("ends only for whom it had begun, and makes room", () => {
    const unwatch: ClientFrame = { t: "unwatch", users: ["bob", "mallory"] };
    const { after, does } = given(watch("bob", "carol", "dave")).when(unwatch);
    does({ do: "unwatch", users: ["bob"] });
    expect(from(after).when(watch("erin")).after.watched).toContain("erin");
  });
});

describe("a question to the views", () => {
  const asks = (frame: ClientFrame, query: object) =>
    expect(given().when(frame).effects).toEqual([
      { do: "ask", by, frame, query: { owner: "alice", atLeast: 0, ...query } },
    ]);

  test("is asked in the name of the session's user", () =>
    asks(
      { t: "history", peer: "bob", before: 9, ref: 1, v: 1 },
      { view: "history", peer: "bob", before: 9, limit: 50 },
    ));

  test("keeps what the client asked for", () =>
    asks(
      { t: "chats", limit: 3, atLeast: 12 },
      { view: "chats", device: "d", limit: 3, atLeast: 12 },
    ));

  test("about sessions is about the user's own", () =>
    asks({ t: "sessions", atLeast: 7 }, { view: "sessions", atLeast: 7 }));

  test("about people last seen goes to the view of activity", () =>
    asks(
      { t: "lastSeen", users: ["bob", "carol"], ref: 1 },
      { view: "lastseen", users: ["bob", "carol"] },
    ));

  test("too many gather strikes, because asking forgives nothing", () => {
    const chats: ClientFrame = { t: "chats" };
    const refused: Happening = {
      type: "refused",
      frame: chats,
      rejection: { code: "limit.questions", retryAfterMs: 1 },
      blamed: true,
    };
    const most = Array.from({ length: STRIKES_MAX - 1 }, () => [said(chats), refused]).flat();
    const session = run(welcomed, most, NOW + 100_000);
    expect((session as Live).strikes).toBe(STRIKES_MAX - 1);
    happens(session, refused).closes("tooMany");
  });
});
