import { describe, expect, test } from "vitest";
import { contactAfter, isLost, type Contact, type Probe } from "../../src/gateway/contact.ts";

const TICK_MS = 100;

/** A gateway for which something is stored at these times of a silence that begins at 0. */
function silence(storedAt: readonly number[] = [], tickMs = TICK_MS) {
  let contact: Contact = { storedAt: -1, silentMs: 0 };
  const probes: [at: number, probe: Probe][] = [];
  let lostAt: number | undefined;
  for (let now = tickMs; now <= 5_000 && lostAt === undefined; now += tickMs) {
    const last = storedAt.findLast((at) => at <= now) ?? -1;
    const [next, wanted] = contactAfter(contact, { storedAt: last, ms: tickMs });
    contact = next;
    probes.push(...wanted.map((probe) => [now, probe] as [number, Probe]));
    if (isLost(contact)) lostAt = now;
  }
  return { probes, lostAt };
}

describe("[O13] the contact of a gateway with its log", () => {
  test("is lost 3 s after the last word that was stored, in whatever stream", () => {
    expect(silence().lostAt).toBe(3_000);
    expect(silence([1_900]).lostAt).toBe(4_900);
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
    let contact: Contact = { storedAt: 0, silentMs: 0 };
    for (let pauses = 0; pauses < 5; pauses++)
      [contact] = contactAfter(contact, { storedAt: 0, ms: 500 });
    expect(isLost(contact)).toBe(false);
  });
});
