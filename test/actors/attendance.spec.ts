import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { hashOf } from "../../src/rules/resume.ts";
import { closed, entryOf, given, opened } from "./support.ts";

describe("a user's sessions", () => {
  const phone = { sessionId: "phone", gatewayId: "gateway-1", deviceId: "phone-device" };
  const laptop = { sessionId: "laptop", gatewayId: "gateway-2", deviceId: "laptop-device" };

  test("[M7] are those that were opened", () =>
    given(opened(1, "phone"))
      .when(opened(2, "laptop", "gateway-2"))
      .tellsNobody()
      .hasSessions(phone, laptop));

  test("[M7] are no longer those that were closed", () =>
    given(opened(1, "phone"), opened(2, "laptop", "gateway-2"))
      .when(closed(3, "phone"))
      .tellsNobody()
      .hasSessions(laptop));

  test("opened a second time, by a repeat, are still one", () =>
    given(opened(1, "phone")).when(opened(2, "phone")).tellsNobody().hasSessions(phone));

  test("opened again elsewhere are where they were opened last", () =>
    given(opened(1, "phone", "gateway-1"))
      .when(opened(2, "phone", "gateway-2"))
      .hasSessions({ ...phone, gatewayId: "gateway-2" }));

  test("[M16] that were closed are never open again, the last 32 of them", () => {
    given(opened(1, "phone"), closed(2, "phone")).when(opened(3, "phone")).doesNothing();
    // Its end is stored before its opening.
    given(closed(1, "phone")).when(opened(2, "phone")).doesNothing();
    const others = Array.from({ length: 32 }, (_, i) => closed(i + 2, `other-${i}`));
    given(closed(1, "phone"), ...others.slice(1))
      .when(opened(99, "phone"))
      .doesNothing();
    given(closed(1, "phone"), ...others)
      .when(opened(99, "phone"))
      .hasSessions(phone);
  });

  test("closed a second time change nothing", () =>
    given(opened(1, "phone"), closed(2, "phone")).when(closed(3, "phone")).doesNothing());
});

describe("a session that is to be replaced", () => {
  const secret = "AAECAwQFBgcICQoLDA0ODw";
  const session = { type: "SessionOpened", sessionId: "phone", gatewayId: "gateway-1" } as const;
  const open = entryOf(1, { ...session, deviceId: "phone-device", resume: hashOf(secret) });
  const replaced = (seq: number, resume?: string): Entry =>
    entryOf(seq, { type: "SessionClosed", sessionId: "phone", reason: "replaced", resume });

  test("[M8] is closed by whoever has its secret", () =>
    given(open).when(replaced(2, secret)).tellsNobody().hasSessions());
  test("[M8] stays open for another secret", () =>
    given(open).when(replaced(2, "BAECAwQFBgcICQoLDA0ODw")).doesNothing());
  test("stays open for no secret, also when it was opened without one", () => {
    given(open).when(replaced(2)).doesNothing();
    given(opened(1, "phone")).when(replaced(2)).doesNothing();
    given(opened(1, "phone")).when(replaced(2, secret)).doesNothing();
  });
  test("is closed by its own gateway without the secret", () =>
    given(open).when(closed(2, "phone")).hasSessions());
  test("has the hash that SHA-256 and base64url give", () =>
    expect(hashOf("abc")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"));
});
