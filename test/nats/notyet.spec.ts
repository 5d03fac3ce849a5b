import { errors } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { meaningForStreams, meaningOf, NotYetError } from "../../src/nats/notyet.ts";

const of = (cluster?: string) =>
  ({ info: { cluster } }) as unknown as Parameters<typeof meaningOf>[1];
const taken = Object.assign(new Error("stream name already in use"), { code: 10_058 });

test("a stream that the servers of a cluster make for an earlier try, whose answer was lost, is waited for", () => {
  expect(meaningForStreams(taken, of("east"), 3)).toBeInstanceOf(NotYetError);
  expect(meaningForStreams(taken, of(), 1), "one server has it, or has it not").toBe(taken);
});

describe("an error of a start", () => {
  test.each([
    ["a question that was not answered", new errors.TimeoutError()],
    [
      "a connection that was given up in silence",
      new errors.RequestError("connection disconnected"),
    ],
    [
      "a login that a server found too late",
      new errors.AuthorizationError("'Authentication Timeout'"),
    ],
  ])("is silence, and waited for, in a cluster and out of one: %s", (_, error) => {
    expect(meaningOf(error, of())).toMatchObject({ message: "the broker does not answer" });
    for (const server of [of(), of("east")])
      expect(meaningOf(error, server)).toBeInstanceOf(NotYetError);
  });

  test.each([
    ["JetStream that is switched off", new Error("jetstream is not enabled")],
    ["nobody who answers", new Error("no responders: '$JS.API.INFO'")],
  ])("of one server that no wait cures stays as it is: %s", (_, error) => {
    expect(meaningOf(error, of())).toBe(error);
    expect(meaningOf(error, of("east")), "it may be that none leads yet").toBeInstanceOf(
      NotYetError,
    );
  });

  test("about a right, a password or a stream is none of silence", () => {
    for (const error of [
      new errors.PermissionViolationError("Permissions Violation", "publish", "a"),
      new errors.AuthorizationError("'Authorization Violation'"),
      new Error("insufficient storage resources available"),
    ])
      for (const server of [of(), of("east")]) expect(meaningOf(error, server)).toBe(error);
  });
});
