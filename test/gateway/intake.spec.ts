import { describe, expect, test } from "vitest";
import { Intake, type Sender } from "../../src/gateway/intake.ts";

/** ms that the reading of a frame takes. */
const READ_MS = 0.5;
const nextTurn = () => new Promise((go) => setImmediate(go));

/** An intake, by a clock that goes on as frames are read, and what has been read. */
function reading() {
  let now = 0;
  const intake = new Intake(() => now);
  const read: string[] = [];
  const paused = new Set<string>();
  const sender = (name: string): Sender => ({
    wire: { pause: () => void paused.add(name), resume: () => void paused.delete(name) },
    read(data) {
      now += READ_MS;
      read.push(`${name} ${data.toString("utf8", Math.max(0, data.length - 20))}`);
    },
  });
  const say = (from: Sender, text: string): void => intake.take(from, Buffer.from(text), false);
  /** A thousand members, each of whom has said one thing. */
  const crowd = () => {
    const members = Array.from({ length: 1_000 }, (_, i) => sender(`${i}`));
    for (const member of members) say(member, '"to":"g-room"');
    return members;
  };
  return { intake, read, paused, sender, say, crowd };
}

describe("a thousand frames about a group that come in one turn of the loop", () => {
  test("are read for a ms of each turn, in their order", async () => {
    const { read, crowd } = reading();
    crowd();
    let most = read.length;
    while (read.length < 1_000) {
      const before = read.length;
      await nextTurn();
      most = Math.max(most, read.length - before);
    }
    expect(most * READ_MS).toBe(1);
    expect(read.map((each) => Number.parseInt(each, 10))).toEqual([...Array(1_000).keys()]);
  });

  test("keep nobody waiting who speaks to somebody else", () => {
    const { read, sender, say, crowd } = reading();
    crowd();
    say(sender("ann"), '"to":"bob"');
    expect(read.at(-1)).toBe('ann "to":"bob"');
  });

  test("hold back what comes behind them on the same socket, of which no more is read meanwhile", async () => {
    const { read, paused, say, crowd } = reading();
    const [, ...members] = crowd();
    const last = members.at(-1)!;
    say(last, '"to":"bob"');
    expect([read.includes('999 "to":"bob"'), [...paused]]).toEqual([false, ["999"]]);
    while (paused.size > 0) await nextTurn();
    expect(read.slice(-2)).toEqual(['999 "to":"g-room"', '999 "to":"bob"']);
  });

  test("are read before their socket is gone", () => {
    const { intake, read, paused, say, crowd } = reading();
    const last = crowd().at(-1)!;
    say(last, "bye");
    intake.finish(last);
    expect(read.slice(-2)).toEqual(['999 "to":"g-room"', "999 bye"]);
    expect(paused.size).toBe(0);
  });
});

test("a few frames about groups are read at once, in each turn anew", async () => {
  const { read, sender, say } = reading();
  for (let turn = 1; turn < 4; turn++) {
    for (let i = 0; i < 2; i++) say(sender("ann"), '"to":"g-room"');
    expect(read).toHaveLength(2 * turn);
    await nextTurn();
  }
});

test("what waits has a bound: beyond it frames are read at once, in their order", () => {
  const { read, sender, say, crowd } = reading();
  crowd();
  const ann = sender("ann");
  const long = `"g-${"x".repeat(4 * 1024 * 1024)}`;
  for (let i = 0; i < 3; i++) say(ann, `${long}${i}`);
  expect(read.some((each) => each.startsWith("ann"))).toBe(false);
  for (let i = 3; i < 6; i++) say(ann, `${long}${i}`);
  const order = read.filter((each) => each.startsWith("ann")).map((each) => each.split("x").at(-1));
  expect(order.slice(0, 4)).toEqual(["0", "1", "2", "3"]);
});
