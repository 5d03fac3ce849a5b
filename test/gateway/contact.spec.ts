import { describe, expect, test } from "vitest";
import { contactAfter, inContact, type Contact, type Probe } from "../../src/gateway/contact.ts";

const TICK_MS = 100;

/** A gateway for which something is stored at these times of a silence that begins at 0. `sessionsFrom`: it has one from then on. */
function silence(storedAt: readonly number[] = [], tickMs = TICK_MS, sessionsFrom = 0) {
  let contact: Contact = inContact(-1);
  const probes: [at: number, probe: Probe][] = [];
  let lostAt: number | undefined;
  const endMs = Math.max(5_000, sessionsFrom);
  for (let now = tickMs; now <= endMs && lostAt === undefined; now += tickMs) {
    const last = storedAt.findLast((at) => at <= now) ?? -1;
    const seen = { storedAt: last, ms: tickMs, hasSession: now >= sessionsFrom };
    const [next, wanted] = contactAfter(contact, seen);
    contact = next;
    probes.push(...wanted.map((probe) => [now, probe] as [number, Probe]));
    if (contact.isLost) lostAt = now;
  }
  return { probes, lostAt };
}

describe("[O13] the contact of a gateway with its log", () => {
  test("is lost 3 s after the last word that was stored, in whatever stream", () => {
    expect(silence().lostAt).toBe(3_000);
    expect(silence([1_900]).lostAt).toBe(4_900);
  });

  test("is lost 10 s after it where no session is there to probe another stream with: the registry may be choosing a leader", () => {
    expect(silence([], TICK_MS, 20_000).lostAt).toBe(10_000);
    expect(silence([9_000], TICK_MS, 20_000).lostAt).toBe(19_000);
  });

  test("once lost is so until something is stored, also when the last session has gone", () => {
    let contact = inContact(0);
    const look = (storedAt: number, hasSession: boolean): boolean => {
      [contact] = contactAfter(contact, { storedAt, ms: 500, hasSession });
      return contact.isLost;
    };
    expect(Array.from({ length: 6 }, () => look(0, true)).at(-1)).toBe(true);
    expect(look(0, false)).toBe(true);
    expect(look(1, false)).toBe(false);
  });

  test("is probed each second of a silence: at the registry, and half a second later in another stream", () => {
    expect(silence().probes).toEqual([
      [1_000, "registry"],
      [1_500, "log"],
      [2_000, "registry"],
      [2_500, "log"],
      [3_000, "registry"],
    ]);
  });

  test("is not lost where the registry answers nothing, and another stream does", () => {
    const { probes, lostAt } = silence([1_600, 3_200, 4_800]);
    expect(lostAt).toBeUndefined();
    expect(probes.map(([, probe]) => probe)).toEqual([
      "registry",
      "log",
      "registry",
      "log",
      "registry",
      "log",
    ]);
  });

  test("costs nothing where something is stored each second", () => {
    expect(silence([900, 1_800, 2_700, 3_600, 4_500]).probes).toEqual([]);
  });

  test("counts only the time in which the process ran", () => {
    // A loop that stood still passes half a second on, however long it was.
    let contact = inContact(0);
    for (let pauses = 0; pauses < 5; pauses++)
      [contact] = contactAfter(contact, { storedAt: 0, ms: 500, hasSession: true });
    expect(contact.isLost).toBe(false);
  });
});
