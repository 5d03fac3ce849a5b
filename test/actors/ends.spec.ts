import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Store } from "./store.ts";
import { folded, pass, running, TIDY_MS } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

describe("a partition", () => {
  test("[M16] tells a gateway of such an end again, until that has stated it", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("bob", "phone");
    const untrue = { reason: "gateway-lost", elsewhere: true } as const;
    store.put("session", "bob", { type: "SessionClosed", sessionId: "phone", ...untrue });
    await folded(store, host);
    const told = (): number =>
      store.routedTo("phone").filter(({ kind }) => kind === "closed").length;
    expect(told()).toBe(1);
    await pass(store, TIDY_MS);
    expect(told()).toBeGreaterThan(1);
    store.put("session", "bob", { type: "SessionClosed", sessionId: "phone", reason: "left" });
    await folded(store, host);
    const before = told();
    await pass(store, TIDY_MS);
    expect(told()).toBe(before);
    host.kill();
  });

  test("[D7] closes the newest sessions of a user beyond the limit, whatever their gateways are", async () => {
    const store = new Store();
    const host = await running(store, { socketsPerUser: 2 });
    for (const i of [1, 2, 3, 4]) store.openSession("bob", `tab-${i}`, `gateway-${i}`);
    await folded(store, host);
    await pass(store, TIDY_MS);
    await folded(store, host);
    const ends = store.mailbox("bob").flatMap(({ raw }) => (raw.includes("Closed") ? [raw] : []));
    expect(ends).toEqual(
      [3, 4].map(
        (i) => `{"type":"SessionClosed","sessionId":"tab-${i}","reason":"limit","elsewhere":true}`,
      ),
    );
    expect(store.routedTo("tab-4").at(-1)).toMatchObject({ kind: "closed", close: "limit" });
    host.kill();
  });
});
