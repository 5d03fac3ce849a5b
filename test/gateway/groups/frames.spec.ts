import { expect, test } from "vitest";
import type { Device } from "./groupdevice.ts";
import { groupHouse } from "./house.ts";

const GROUP = "g-1";
const types = (device: Device): string[] => device.frames.map(({ t }) => t);

/** A group of ann and ben, with so many messages behind their coming. */
async function talking(messages: number) {
  const house = groupHouse();
  const { log, spread } = house;
  for (const joined of ["ann", "ben"]) spread(log.append(GROUP, { joined }));
  for (let n = 0; n < messages; n++) spread(log.append(GROUP));
  await house.clock.pass(1_000);
  return house;
}

test("[M14] a heartbeat names a group when it has moved since the last one, and no more", async () => {
  const { log, clock, spread, device, groups } = await talking(1);
  const ann = device("ann");
  ann.connect();
  await clock.pass(5_000);
  expect(groups.moved(ann.on)).toEqual({ [GROUP]: 3 });
  expect(groups.moved(ann.on)).toBeUndefined();
  spread(log.append(GROUP));
  await clock.pass(1_000);
  expect(groups.moved(ann.on)).toEqual({ [GROUP]: 4 });
});

test("[G8] of several cursors of one group the first counts", async () => {
  const { clock, device } = await talking(4);
  const ann = device("ann");
  const cursor = (seq: number) => ({ mailbox: GROUP, epoch: "e", seq });
  ann.connect([cursor(5), cursor(2)]);
  await clock.pass(5_000);
  expect(ann.frames).toMatchObject([
    { t: "follows", mailboxes: [{ seq: 5, head: 6 }] },
    { t: "event", seq: 6 },
    { t: "caughtUp", seq: 6 },
  ]);
});

test("[G8] 500 events are told, and 501 are too many", async () => {
  const { clock, device } = await talking(501);
  const [ann, other] = [device("ann"), device("ann")];
  ann.connect([{ mailbox: GROUP, epoch: "e", seq: 3 }]);
  other.connect([{ mailbox: GROUP, epoch: "e", seq: 2 }]);
  await clock.pass(5_000);
  expect(types(ann).filter((t) => t === "event")).toHaveLength(500);
  expect(types(ann)).not.toContain("resync");
  expect(types(other)).toEqual(["follows", "resync", "event"]);
});

test("[P4] who types is not told of it on their other devices", async () => {
  const { clock, device, hearers } = await talking(1);
  const [ann, ben] = [device("ann"), device("ben")];
  for (const each of [ann, ben]) each.connect();
  await clock.pass(5_000);
  hearers.get(GROUP)?.({ kind: "typing", user: "ann" });
  expect(types(ben)).toContain("typing");
  expect(types(ann)).not.toContain("typing");
});

test("[M6] a member who does not read is cut off alone", async () => {
  const { log, clock, spread, device } = await talking(1);
  const [ann, ben] = [device("ann"), device("ben")];
  for (const each of [ann, ben]) each.connect();
  await clock.pass(5_000);
  Object.assign(ben.on.wire, { backlog: 2 * 1024 * 1024 });
  spread(log.append(GROUP));
  await clock.pass(1_000);
  expect(ben.on.session.is).toBe("closed");
  expect(ann.on.session.is).toBe("live");
  expect(types(ann).at(-1)).toBe("event");
});

test("[D3] however many forged cursors lie beyond a group, one entry in 3 s is stored for them", async () => {
  const { clock, device, gathered } = await talking(1);
  for (let n = 0; n < 20; n++) {
    device("ann").connect([{ mailbox: GROUP, epoch: "e", seq: 90 + n }]);
    await clock.pass(500);
  }
  await clock.pass(5_000);
  expect(gathered.length).toBeGreaterThan(1);
  expect(gathered.length).toBeLessThanOrEqual(5);
});
