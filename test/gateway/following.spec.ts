import { describe, expect, test } from "vitest";
import type { Since } from "../../src/protocol/frames/hello.ts";
import type { Effect, Happening, ResyncReason } from "../../src/gateway/session/session.ts";
import { fresh, happens, hello, limits, opened, run, said, verified, welcomed } from "./rules.ts";

describe("following the mailbox", () => {
  const since = (seq: number, { epoch = "e", ...more }: Partial<Since> = {}) =>
    happens(
      run(fresh, [
        said({ ...hello, since: [{ mailbox: "alice", epoch, seq, ...more }] }),
        verified,
      ]),
      opened,
    );
  const resync = (reason: ResyncReason): Effect => ({
    do: "say",
    frame: { t: "resync", mailbox: "alice", epoch: "e", seq: 5, reason },
  });

  test("begins behind the client's cursor", () =>
    expect(since(3).effects[1]).toMatchObject({ do: "fill", fill: { after: 3, upTo: 5 } }));

  test("[M3][M9] resynchronises a cursor of another life of the log, or one that is ahead of it", () => {
    expect(since(3, { epoch: "other" }).effects[1]).toEqual(resync("epoch"));
    expect(since(5).effects[1]).toEqual(resync("rolled-back"));
    expect(since(3, { on: { seq: 5, at: 1 } }).effects[1]).toEqual(resync("rolled-back"));
  });

  test("[M9] resynchronises a cursor that stands on something that the log has not", () => {
    const on = { seq: 2, at: 7 };
    const { after } = since(3, { on });
    const fill = after.fill!;
    expect(fill).toMatchObject({ after: 3, claim: { seq: 3, on } });
    happens(after, { type: "differs", fill }).does(resync("rolled-back"), {
      do: "fill",
      user: "alice",
      fill: { after: 4, upTo: 5, first: false, epoch: "" },
    });
    happens(after, { type: "differs", fill: { ...fill } }).does();
  });

  test("behind a resync tells the entry at its seq first, then what is live: the next cursor stands on it", () => {
    const { after, effects } = since(3, { epoch: "other" });
    const fill = after.fill!;
    expect(effects[2]).toEqual({ do: "fill", user: "alice", fill });
    expect(fill).toMatchObject({ after: 4, upTo: 5, first: false });
    const routed: Happening = { type: "routed", seq: 6, prev: 5, frame: "live" };
    happens(after, routed).does();
    const told = happens(after, { type: "read", fill, entries: [{ seq: 5, at: 1, raw: "{}" }] });
    expect(told.effects[0]).toMatchObject({ do: "tellAll" });
    const { after: live } = happens(told.after, { type: "filled", fill });
    expect(live.cursor).toEqual({ seq: 5, head: 5, filling: false });
    happens(live, routed).does({ do: "tell", text: "live" });
  });

  test("resynchronises when the log has too many entries for it, and reads no further", () => {
    const fill = welcomed.fill!;
    const counted = (entries: number): Happening => ({ type: "counted", fill, entries });
    happens(welcomed, counted(limits.resumeEntries)).does();
    const { after, effects } = happens(welcomed, counted(limits.resumeEntries + 1));
    expect(effects[0]).toEqual(resync("too-long"));
    expect(after.fill).toMatchObject({ after: 4, upTo: 5, first: false });
    happens(after, { type: "read", fill, entries: [{ seq: 3, at: 1, raw: "{}" }] }).does();
  });

  test("[M4] heeds the end and the count of no reading but the one that it waits for, and counts its first one alone", () => {
    const { after } = since(3, { epoch: "other" });
    const fill = after.fill!;
    const many = limits.resumeEntries + 1;
    happens(after, { type: "counted", fill, entries: many }).does();
    happens(welcomed, { type: "counted", fill, entries: many }).does();
    happens(welcomed, { type: "counted", fill: { ...welcomed.fill! }, entries: many }).does();
    const read: Happening = { type: "read", fill, entries: [{ seq: 5, at: 1, raw: "{}" }] };
    const told = run(after, [read]);
    for (const other of [welcomed.fill!, { ...fill }]) {
      const { after: same, does } = happens(told, { type: "filled", fill: other });
      does();
      expect(same).toBe(told);
    }
  });

  test("[M5] reads behind a resync what was told live before it", () => {
    const routed: Happening = { type: "routed", seq: 9, prev: 5, frame: "live" };
    const { fill } = welcomed;
    const differs: Happening = { type: "differs", fill: fill! };
    const { after } = happens(run(welcomed, [routed]), differs);
    expect(after.cursor).toEqual({ seq: 4, head: 9, filling: true });
    const told: Happening = {
      type: "read",
      fill: after.fill!,
      entries: [{ seq: 5, at: 1, raw: "{}" }],
    };
    happens(run(after, [told]), { type: "filled", fill: after.fill! }).does({
      do: "fill",
      user: "alice",
      fill: { after: 5, upTo: 9, first: false, epoch: "" },
    });
  });

  test("tells each entry once and in order, then that it has caught up, then what is live", () => {
    const fill = welcomed.fill!;
    const raw = '{"type":"X"}';
    const entries = [
      { seq: 3, at: 1, raw },
      { seq: 5, at: 1, raw: "no JSON" },
    ];
    const read: Happening = { type: "read", fill, entries };
    const event = (seq: number, prev: number, type: string): string =>
      `{"t":"event","mailbox":"alice","seq":${seq},"prev":${prev},"at":1,"event":{"type":"${type}"}}`;
    const texts = [event(3, 0, "X"), event(5, 3, "Unreadable")];
    happens(welcomed, read).does({ do: "tellAll", texts });
    const filled = happens(run(welcomed, [read]), { type: "filled", fill });
    filled.does(
      { do: "say", frame: { t: "caughtUp", mailbox: "alice", seq: 5 } },
      { do: "follow" },
    );
    const routed: Happening = { type: "routed", seq: 9, prev: 5, frame: "live" };
    happens(filled.after, routed).does({ do: "tell", text: "live" });
    happens(run(filled.after, [routed]), routed).does();
  });

  test("[L6] is not caught up without its own opening, which a log has not that was read before it lost its end", () => {
    const fill = welcomed.fill!;
    const read: Happening = { type: "read", fill, entries: [{ seq: 4, at: 1, raw: "{}" }] };
    happens(run(welcomed, [read]), { type: "filled", fill }).closes("resync");
  });

  test("reads a gap from the log, once at a time", () => {
    const fill = welcomed.fill!;
    const opening: Happening = { type: "read", fill, entries: [{ seq: 5, at: 1, raw: "{}" }] };
    const live = run(welcomed, [opening, { type: "filled", fill }]);
    const gap = happens(live, { type: "routed", seq: 9, prev: 7, frame: "" });
    gap.does({
      do: "fill",
      user: "alice",
      fill: { after: 5, upTo: 9, first: false, epoch: "" },
    });
    happens(gap.after, { type: "routed", seq: 12, prev: 9, frame: "" }).does();
    const come: Happening = {
      type: "read",
      fill: gap.after.fill!,
      entries: [7, 9].map((seq) => ({ seq, at: 1, raw: "{}" })),
    };
    const again = happens(run(gap.after, [{ type: "reaches", head: 12 }, come]), {
      type: "filled",
      fill: gap.after.fill!,
    });
    again.does({
      do: "fill",
      user: "alice",
      fill: { after: 9, upTo: 12, first: false, epoch: "" },
    });
  });

  test("[M1][L6] ends where what it was to reach is not there any more: what follows would follow an entry that nobody has", () => {
    const opening: Happening = {
      type: "read",
      fill: welcomed.fill!,
      entries: [{ seq: 5, at: 1, raw: "{}" }],
    };
    const live = run(welcomed, [opening, { type: "filled", fill: welcomed.fill! }]);
    const gap = happens(live, { type: "reaches", head: 9 }).after;
    const fill = gap.fill!;
    const other: Happening = { type: "read", fill, entries: [{ seq: 8, at: 1, raw: "{}" }] };
    happens(run(gap, [other]), { type: "filled", fill }).closes("resync");
  });

  test("comes to an end when the log cannot be read: the client comes back", () =>
    happens(welcomed, { type: "unread" }).closes("resync"));
});
