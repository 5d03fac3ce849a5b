import { expect, test } from "vitest";
import { Parking, ParkingRoom } from "../../src/actors/parking.ts";
import type { Entry } from "../../src/events/entry.ts";

let seq = 0;
const entry = (owner: string, chars = 1): Entry => ({
  kind: "fact",
  owner,
  seq: ++seq,
  at: 1,
  raw: "x".repeat(chars),
});
const park = (parking: Parking, count: number, chars?: number): void => {
  for (let n = 0; n < count; n++) parking.park(entry("alice", chars));
};

test("[N6] who waits is left in order, with what has come meanwhile, and then nothing waits", () => {
  const parking = new Parking(new ParkingRoom(10));
  const [one, two, three, other] = [
    entry("alice", 5),
    entry("alice"),
    entry("alice"),
    entry("bob"),
  ] as const;
  expect(parking.first).toBeUndefined();
  expect([parking.park(one), parking.park(other), parking.park(two)]).toEqual([true, true, false]);
  expect([parking.size, parking.chars, parking.first]).toEqual([3, 7, one.seq]);
  const left = parking.leave("alice");
  expect(left.next().value).toBe(one);
  // Until it is gone on from, the entry is the first that is not done.
  expect([parking.first, parking.size]).toEqual([one.seq, 2]);
  parking.park(three);
  expect([left.next().value, parking.first]).toEqual([two, two.seq]);
  expect([...left]).toEqual([three]);
  expect([parking.has("alice"), parking.isEmpty, parking.first]).toEqual([false, false, other.seq]);
  expect([...parking.leave("bob")]).toEqual([other]);
  expect([parking.isEmpty, parking.size, parking.chars]).toEqual([true, 0, 0]);
  expect([...parking.leave("nobody")]).toEqual([]);
  const later = entry("alice");
  parking.park(later);
  expect(parking.first).toBe(later.seq);
});

test("[A9] so many wait in a host, and of each stream in which some wait a part of them is never too many", () => {
  const room = new ParkingRoom(100);
  const [busy, other] = [new Parking(room), new Parking(room)];
  park(busy, 100);
  expect([busy.isFull, other.isFull]).toEqual([false, false]);
  park(busy, 1);
  expect([busy.isFull, other.isFull]).toEqual([true, false]);
  park(other, 50);
  expect([busy.isFull, other.isFull]).toEqual([true, false]);
  park(other, 1);
  expect(other.isFull).toBe(true);
  expect([...busy.leave("alice")]).toHaveLength(101);
  expect([busy.isFull, other.isFull]).toEqual([false, false]);
  // Nothing waits there: the other one has it all.
  park(other, 49);
  expect(other.isFull).toBe(false);
  park(other, 1);
  expect(other.isFull).toBe(true);
});

test("[A9] a stream in which nothing waits any more takes no part", () => {
  const room = new ParkingRoom(100);
  const [busy, other, calm] = [new Parking(room), new Parking(room), new Parking(room)];
  park(calm, 1);
  expect([...calm.leave("alice")]).toHaveLength(1);
  park(busy, 60);
  park(other, 41);
  expect([busy.isFull, other.isFull]).toEqual([true, false]);
});

test("[A9] the same goes for their characters, 512 for each", () => {
  const room = new ParkingRoom(100);
  const [busy, other] = [new Parking(room), new Parking(room)];
  park(busy, 2, 25_600);
  expect(busy.isFull).toBe(false);
  park(busy, 1);
  expect([busy.isFull, other.isFull]).toEqual([true, false]);
  park(other, 1, 25_600);
  expect(other.isFull).toBe(false);
  park(other, 1);
  expect(other.isFull).toBe(true);
});

test("[A9] what waits where the stream is run no more takes no room, whatever becomes of it", () => {
  const room = new ParkingRoom(10);
  const [gone, other] = [new Parking(room), new Parking(room)];
  park(gone, 11);
  gone.abandon();
  park(gone, 5);
  expect([...gone.leave("alice")]).toHaveLength(16);
  park(other, 10);
  expect(other.isFull).toBe(false);
  park(other, 1);
  expect(other.isFull).toBe(true);
});
