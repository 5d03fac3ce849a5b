import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GroupTrack } from "../../src/bot/grouptrack.ts";
import type { EventFrame } from "../../src/protocol/frames/mailbox.ts";
import { groupRow } from "../client/pieces.ts";
import { groupNamed } from "../support/group.ts";

const GROUP = groupNamed("one");
const KEY = `${GROUP}:5#1`;

/** The group's fact of a message. */
function fact(seq: number, author: string, more: { prev?: number; cid?: string } = {}): EventFrame {
  const { prev = seq - 1, cid = `${author}.${seq}` } = more;
  const said = { type: "MessageSent", author, to: GROUP, cid, body: `${seq}` } as const;
  const event = { ...said, cause: 1, of: 1, sentAt: 1 };
  return { t: "event", mailbox: GROUP, seq, prev, at: 1, event };
}
const row = (more: object) => groupRow(GROUP, { unread: 0, seq: 5, ...more });
const waiting = ({ queue }: GroupTrack): number[] => queue.map(({ position }) => position);
/** A group whose message 5 has come. */
function having(): GroupTrack {
  const track = new GroupTrack(GROUP);
  track.begins({ seq: 0 });
  for (let seq = 1; seq <= 5; seq++) track.takes(fact(seq, "ann"), "bot");
  return track;
}

describe("[B1] a bot's place in a group", () => {
  test("has others' messages once, in order, and none of its own", () => {
    const track = having();
    track.takes(fact(5, "ann"), "bot");
    track.takes(fact(6, "bot"), "bot");
    track.takes(fact(7, "ben"), "bot");
    expect([waiting(track), track.unread]).toEqual([[1, 2, 3, 4, 5, 7], false]);
  });

  test("has to be read anew behind a number that is not the next, a resync, and a cursor beyond it", () => {
    for (const miss of [
      (track: GroupTrack) => void track.takes(fact(9, "ann", { prev: 7 }), "bot"),
      (track: GroupTrack) => track.skips(9),
      (track: GroupTrack) => track.begins({ seq: 9 }),
    ]) {
      const track = having();
      miss(track);
      // The next one is behind something that is not known.
      track.takes(fact(10, "ann", { prev: 9 }), "bot");
      expect([track.unread, track.newest, waiting(track)]).toEqual([true, 10, [1, 2, 3, 4, 5]]);
    }
    const same = having();
    same.begins({ seq: 5 });
    same.passes(7);
    same.takes(fact(8, "ann", { prev: 7 }), "bot");
    expect([same.unread, waiting(same).at(-1)]).toEqual([false, 8]);
  });

  test("is where its device has read, where it came in, or where it went, whichever is the last", () => {
    const at = (more: object): [number, boolean] => {
      const track = new GroupTrack(GROUP);
      track.meets(row(more));
      return [track.here, track.unread];
    };
    expect(at({ read: 4, readHere: 4 })).toEqual([4, false]);
    expect(at({ from: 5, read: 2, readHere: 2 })).toEqual([4, false]);
    expect(at({ read: 2, readHere: 2, unread: 3 })).toEqual([2, true]);
    // A person has read on another device, and the group's log did not answer.
    expect(at({ read: 4, readHere: 2 })).toEqual([2, true]);
    expect(at({ read: 4, readHere: 4, unread: undefined, seq: undefined })).toEqual([4, true]);
    expect(at({ read: 2, readHere: 2, unread: 3, upTo: 5 })).toEqual([5, false]);
  });

  test("is behind where events have told of more than the list of chats knew", () => {
    const track = new GroupTrack(GROUP);
    track.begins({ seq: 7 });
    track.meets(row({ read: 5, readHere: 5 }));
    expect(track.unread).toBe(true);
  });
});

describe("[B1] an answer to a group", () => {
  type Word = "said" | "accepted" | "declined";
  const tell = (track: GroupTrack, word: Word, cid: string): void => {
    if (word === "said") track.said({ cid, key: KEY });
    else if (word === "accepted") track.shown({ cid });
    else track.declined(cid);
  };

  test("is sent once more only where each that was stored is refused, in whatever order that comes", () => {
    const words: fc.Arbitrary<readonly (readonly [Word, string])[]> = fc.array(
      fc.tuple(fc.constantFrom("said", "accepted", "declined"), fc.constantFrom("p.1", "p.2")),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(words, (told) => {
        const track = having();
        const fate = new Map<string, Word>();
        for (const [word, cid] of told) {
          // A group decides once.
          if (word !== "said" && fate.has(cid)) continue;
          if (word !== "said") fate.set(cid, word);
          tell(track, word, cid);
        }
        const stored = new Set(told.flatMap(([word, cid]) => (word === "said" ? [cid] : [])));
        const fates = [...stored].map((cid) => fate.get(cid));
        expect(track.isSaid(KEY)).toBe(fates.some((each) => each !== "declined"));
        expect(track.isAnswered(KEY)).toBe(fates.includes("accepted"));
      }),
    );
  });

  test("names itself to whoever waits for it when it is refused, unless another of its name is on its way", () => {
    const track = having();
    track.said({ cid: "p.1", key: KEY });
    track.said({ cid: "p.2", key: KEY });
    expect([track.declined("p.1"), track.isSaid(KEY, "p.2")]).toEqual([undefined, false]);
    expect(track.declined("p.2")).toBe(KEY);
  });
});
