import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { freeze, thaw } from "../support/frozen.ts";
import type { Entry } from "../../src/events/entry.ts";
import { closed, entryOf, fold } from "./support.ts";
import { Store } from "./store.ts";
import { pass, running, settled, TIDY_MS } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

describe("[M11] a person who was signed out", () => {
  const signedIn = (seq: number, sessionId: string, issuedAt?: number): Entry =>
    entryOf(seq, {
      type: "SessionOpened",
      sessionId,
      gatewayId: "gateway-1",
      deviceId: sessionId,
      ...(issuedAt !== undefined && { issuedAt }),
    });
  const out = (seq: number, more: object = {}): Entry =>
    entryOf(seq, { type: "SignedOut", before: 500, ...more });
  const names = (...entries: Entry[]) => {
    const { sessions, ending } = thaw(freeze(fold(entries)));
    return [sessions, ending].map((list) => list.map(({ sessionId }) => sessionId));
  };

  test("has no session of an older token any more, and those of later ones", () =>
    expect(
      names(signedIn(1, "old", 499), signedIn(2, "new", 500), signedIn(3, "silent"), out(4)),
    ).toEqual([["new"], ["old", "silent"]]));

  test("gets none for an older token later, also behind a snapshot", () => {
    const before = thaw(freeze(fold([out(1)])));
    const after = fold([signedIn(2, "old", 499), signedIn(3, "new", 500)], before);
    expect(after.sessions).toMatchObject([{ sessionId: "new" }]);
    expect(after.ending).toMatchObject([{ sessionId: "old" }]);
  });

  test("for a time, gets none at all until then", () => {
    // An entry's time is its seq behind a million.
    const banned = out(1, { until: 1_000_010 });
    expect(names(signedIn(0, "here", 600), banned, signedIn(9, "early", 900))).toEqual([
      [],
      ["here", "early"],
    ]);
    expect(names(banned, signedIn(10, "late", 900))).toEqual([["late"], []]);
  });

  test("on one device, keeps the others", () =>
    expect(names(signedIn(1, "phone", 1), signedIn(2, "tv", 1), out(3, { device: "tv" }))).toEqual([
      ["phone"],
      ["tv"],
    ]));

  test("is done with a session when its end is stated", () =>
    expect(names(signedIn(1, "old", 499), out(2), closed(3, "old"))).toEqual([[], []]));
});

describe("a partition", () => {
  test("[M11] has a gateway end the sessions of who was signed out, again and again until it has, and routes them nothing", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("bob", "phone");
    store.put("session", "bob", { type: "SignedOut", before: 1 });
    store.openSession("bob", "again");
    const sent = store.send("bob", "alice", 1);
    await settled(store, host);
    const told = (sessionId: string) =>
      store.routedTo(sessionId).map((record) => ("close" in record ? record.close : record.kind));
    // The sign-out itself is the last entry that the first one is told.
    expect(told("phone")).toEqual(["event", "revoked"]);
    expect(told("again")).toEqual(["revoked"]);
    await pass(store, TIDY_MS);
    expect([told("phone").at(-1), told("phone").length]).toEqual(["revoked", 3]);
    for (const sessionId of ["phone", "again"])
      store.put("session", "bob", { type: "SessionClosed", sessionId, reason: "revoked" });
    await settled(store, host);
    await pass(store, TIDY_MS);
    expect([told("phone").length, told("again").length]).toEqual([3, 2]);
    expect(sent).toBeGreaterThan(0);
    host.kill();
  });

  test("[M11] closes a session of who was signed out itself where its gateway is lost", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("bob", "phone", "gateway-2");
    store.dead.add("gateway-2");
    store.put("session", "bob", { type: "SignedOut", before: 1 });
    await settled(store, host);
    await pass(store, TIDY_MS);
    await pass(store, TIDY_MS);
    expect(store.mailbox("bob").map(({ raw }) => JSON.parse(raw) as unknown)).toContainEqual({
      type: "SessionClosed",
      sessionId: "phone",
      reason: "gateway-lost",
      elsewhere: true,
    });
    host.kill();
  });
});
