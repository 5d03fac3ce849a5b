import { describe, expect, test } from "vitest";
import { DEAD_MAX, Deaths, SILENT_MS, UNKNOWN_MAX, WATCH_MS } from "../../src/actors/deaths.ts";
import type { Registry, Word } from "../../src/actors/ports.ts";
import { silent } from "../support/silent.ts";

/** A registry in memory, which may take no words, and whose readers may be behind. */
class MemoryRegistry implements Registry {
  readonly last = new Map<string, Word>();
  revision = 0;
  takes = true;
  answers = true;
  /** Readers see nothing behind it. */
  seen = Number.POSITIVE_INFINITY;
  declared = 0;
  witnesses = 0;

  say(gatewayId: string, is: Word["is"] = "alive"): number {
    if (!this.takes) throw new Error("no leader");
    this.last.delete(gatewayId);
    this.last.set(gatewayId, { gatewayId, revision: ++this.revision, is });
    return this.revision;
  }
  async words(after: number): Promise<readonly Word[]> {
    if (!this.answers) throw new Error("timeout");
    return [...this.last.values()].filter(
      ({ revision }) => revision > after && revision <= this.seen,
    );
  }
  async word(gatewayId: string): Promise<Word | undefined> {
    const word = this.last.get(gatewayId);
    return word !== undefined && word.revision <= this.seen ? word : undefined;
  }
  async witness(): Promise<void> {
    this.say("host-1", "witness");
    this.witnesses++;
  }
  async declareDead(gatewayId: string, revision: number): Promise<boolean> {
    this.declared++;
    if (!this.takes) throw new Error("no leader");
    if ((this.last.get(gatewayId)?.revision ?? 0) !== revision) return false;
    this.say(gatewayId, "dead");
    return true;
  }
}

function watched() {
  const registry = new MemoryRegistry();
  const clock = { now: 1_000_000 };
  const deaths = new Deaths(registry, { now: () => clock.now, log: silent });
  /** Looks each second; what `each` does comes before the look. */
  const pass = async (ms: number, each: () => void = () => undefined): Promise<void> => {
    for (let passed = 0; passed < ms; passed += WATCH_MS) {
      clock.now += WATCH_MS;
      each();
      await deaths.look();
    }
  };
  /** ms until the gateway is dead. */
  const untilDead = async (id: string, each: () => void = () => undefined): Promise<number> => {
    const since = clock.now;
    while (!deaths.has(id)) await pass(WATCH_MS, each);
    return clock.now - since;
  };
  return { registry, clock, deaths, pass, untilDead };
}

describe("a gateway that says nothing more", () => {
  test("[O11] is declared dead after six seconds of silence, and no sooner", async () => {
    const { registry, deaths, pass, untilDead } = watched();
    registry.say("gw-1");
    registry.say("gw-2");
    await pass(20_000, () => {
      registry.say("gw-1");
      registry.say("gw-2");
    });
    const ms = await untilDead("gw-1", () => void registry.say("gw-2"));
    expect(ms).toBeGreaterThanOrEqual(SILENT_MS);
    expect(ms).toBeLessThanOrEqual(SILENT_MS + 2 * WATCH_MS);
    expect([deaths.has("gw-2"), registry.declared, registry.witnesses]).toEqual([false, 1, 1]);
  });

  test("is found by a host that nobody but the host itself is a witness to", async () => {
    const { registry, untilDead } = watched();
    registry.say("gw-1");
    expect(await untilDead("gw-1")).toBeLessThanOrEqual(2 * SILENT_MS);
    expect(registry.last.get("gw-1")?.is).toBe("dead");
  });

  test("counts from when the host first saw it, so also one that had died before", async () => {
    const { registry, clock, untilDead } = watched();
    registry.say("gw-1");
    clock.now += 3_600_000;
    const ms = await untilDead("gw-1", () => void registry.say("gw-2"));
    expect(ms).toBeGreaterThanOrEqual(SILENT_MS);
    expect(ms).toBeLessThanOrEqual(SILENT_MS + 3 * WATCH_MS);
  });

  test("is dead for ever, whatever is said in its name later", async () => {
    const { registry, deaths, pass, untilDead } = watched();
    registry.say("gw-1");
    await untilDead("gw-1");
    registry.say("gw-1");
    await pass(10_000, () => void registry.say("gw-1"));
    expect(deaths.has("gw-1")).toBe(true);
  });

  test("and of which the registry has no word, is declared dead by another word for none", async () => {
    const { registry, deaths, untilDead } = watched();
    expect(deaths.has("gw-forgotten")).toBe(false);
    await untilDead("gw-forgotten");
    expect(registry.last.get("gw-forgotten")?.is).toBe("dead");
  });
});

describe("a gateway that lives", () => {
  test("[O11] is not declared dead for an outage of the registry, however long, nor at its end", async () => {
    const { registry, deaths, pass } = watched();
    registry.say("gw-1");
    await pass(5_000, () => void registry.say("gw-1"));
    registry.takes = false;
    await pass(300_000);
    registry.answers = false;
    await pass(60_000);
    Object.assign(registry, { takes: true, answers: true });
    // Its own renewal comes some seconds late.
    await pass(4_000);
    registry.say("gw-1");
    await pass(10_000, () => void registry.say("gw-1"));
    expect([deaths.has("gw-1"), registry.declared]).toEqual([false, 0]);
  });

  test("is not declared dead by a host that stood still or could not ask", async () => {
    const { registry, clock, deaths, pass } = watched();
    registry.say("gw-1");
    await pass(5_000, () => void registry.say("gw-1"));
    for (let i = 0; i < 5; i++) {
      await pass(4_000);
      clock.now += 8_000;
      await deaths.look();
      await pass(3_000);
      registry.answers = false;
      await pass(1_000);
      registry.answers = true;
    }
    // Each of its looks comes late.
    for (let i = 0; i < 20; i++) {
      clock.now += WATCH_MS + 1_500;
      await deaths.look();
    }
    expect([deaths.has("gw-1"), registry.declared]).toEqual([false, 0]);
  });

  test("is not declared dead by a host whose replica stands still", async () => {
    const { registry, deaths, pass } = watched();
    registry.say("gw-1");
    await pass(5_000, () => void registry.say("gw-1"));
    registry.seen = registry.revision;
    await pass(30_000, () => void registry.say("gw-1"));
    expect(deaths.has("gw-1")).toBe(false);
    // The declaration names a word that is not its last, and is refused.
    expect(registry.last.get("gw-1")?.is).toBe("alive");
  });

  test("is heard again in a registry that was made anew, whose words begin at one", async () => {
    const { registry, deaths, pass, untilDead } = watched();
    registry.say("gw-1");
    registry.say("gw-2");
    await pass(10_000, () => {
      registry.say("gw-1");
      registry.say("gw-2");
    });
    registry.last.clear();
    registry.revision = 0;
    await pass(10_000, () => {
      registry.say("gw-1");
      registry.say("gw-3");
    });
    expect([...deaths.living]).toContain("gw-3");
    await pass(50_000, () => void registry.say("gw-1"));
    expect([deaths.has("gw-1"), registry.last.get("gw-1")?.is]).toEqual([false, "alive"]);
    await untilDead("gw-2", () => void registry.say("gw-1"));
  });
});

describe("a host that watches gateways", () => {
  test("names those as living that have a word, until they are dead", async () => {
    const { registry, deaths, pass, untilDead } = watched();
    registry.say("gw-1");
    registry.say("gw-2");
    deaths.has("gw-unknown");
    await pass(WATCH_MS);
    expect([...deaths.living]).toEqual(["gw-1", "gw-2"]);
    await untilDead("gw-1", () => void registry.say("gw-2"));
    expect([...deaths.living]).toEqual(["gw-2"]);
  });

  test("says nothing in the registry while there is nobody to watch", async () => {
    const { registry, pass } = watched();
    registry.say("gw-1", "dead");
    await pass(60_000);
    expect([registry.witnesses, registry.declared]).toEqual([0, 0]);
  });

  test("is a witness itself no more often than the silence of others asks for", async () => {
    const { registry, pass } = watched();
    registry.say("gw-1");
    await pass(5_000);
    const before = registry.witnesses;
    await pass(2_000, () => void registry.say("gw-2"));
    expect([before, registry.witnesses]).toEqual([2, before]);
  });

  test("looks for no more ids without a word than a bound, and for others once those have one", async () => {
    const { registry, deaths, pass } = watched();
    const ids = Array.from({ length: UNKNOWN_MAX + 1 }, (_, i) => `gw-${i}`);
    const last = ids.at(-1) ?? "";
    for (const id of ids) deaths.has(id);
    const speak = (): void => {
      for (const id of ids) if (id !== last) registry.say(id);
    };
    await pass(2 * SILENT_MS, speak);
    expect([deaths.has(last), registry.declared]).toEqual([false, 0]);
    await pass(2 * SILENT_MS, speak);
    expect([deaths.has(last), registry.declared]).toEqual([true, 1]);
  });

  test("remembers so many dead ones, the newest, and looks for an older one again", async () => {
    const { registry, deaths, pass } = watched();
    for (let i = 0; i <= DEAD_MAX; i++) registry.say(`gw-${i}`, "dead");
    await pass(WATCH_MS);
    expect([deaths.has("gw-1"), deaths.has(`gw-${DEAD_MAX}`)]).toEqual([true, true]);
    expect(deaths.has("gw-0")).toBe(false);
    await pass(2 * SILENT_MS, () => void registry.say("gw-living"));
    expect(deaths.has("gw-0")).toBe(true);
    expect([deaths.has("gw-1"), deaths.has("gw-2")]).toEqual([false, true]);
  });
});
