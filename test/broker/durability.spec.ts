import { describe, expect, onTestFinished, test } from "vitest";
import { readDurability } from "../../src/nats/durability.ts";
import { silent } from "../support/silent.ts";
import { startBroker } from "../support/broker.ts";

async function monitor(sync: "1s" | "always"): Promise<string> {
  const broker = await startBroker({ sync });
  onTestFinished(() => broker.stop());
  return broker.monitorUrl;
}
const NOBODY = "http://127.0.0.1:1";

describe("what a ✓ promises", () => {
  test("is what one server that syncs each write gives", async () => {
    const always = await monitor("always");
    expect(await readDurability(1, [always], silent)).toBe("synced");
    expect(await readDurability(3, [always, always], silent)).toBe("replicated+synced");
  });

  test("is no more than what one server that syncs each second gives", async () => {
    const [always, lazy] = await Promise.all([monitor("always"), monitor("1s")]);
    expect(await readDurability(1, [lazy], silent)).toBe("stored");
    expect(await readDurability(3, [always, lazy], silent)).toBe("replicated");
  });

  test("is the weaker class when a server cannot be asked, or none is named", async () => {
    const always = await monitor("always");
    expect(await readDurability(1, [always, NOBODY], silent)).toBe("stored");
    expect(await readDurability(3, [], silent)).toBe("replicated");
  });
});
