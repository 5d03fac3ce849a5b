import { expect, test } from "vitest";
import type { TokenRequest } from "../../src/client/api.ts";
import { Tokens } from "../../src/client/connection/tokens.ts";
import { modelServer, pass } from "./devices.ts";

modelServer();

/** The tokens of an app that answers each question by its number, and what it was asked. */
function asked() {
  const requests: TokenRequest[] = [];
  const tokens = new Tokens(async (request) => `token-${requests.push(request)}`);
  const said = (): unknown[] => requests.map(({ reason, attempt }) => [reason, attempt]);
  return { tokens, requests, said };
}

test("[C6] an app is told why it is asked for a token, and how often in a row", async () => {
  const { tokens, said } = asked();
  await tokens.ask();
  expect(tokens.ended(1006, "closed 1006")).toBe(false);
  await tokens.ask();
  tokens.accepted();
  await tokens.ask(true);
  tokens.ended(4403, "closed 4403");
  await tokens.ask(true);
  tokens.accepted();
  tokens.ended(4500, "auth.invalid_token");
  await tokens.ask(true);
  tokens.accepted();
  await tokens.ask(true);
  expect(said()).toEqual([
    ["connect", 0],
    ["connect", 1],
    ["refresh", 0],
    ["expired", 1],
    ["refused", 0],
    ["refresh", 0],
  ]);
});

test("[C6] an app is asked one question at a time, has 20 s for it, and hears no end of one that it has answered", async () => {
  const { tokens, requests } = asked();
  await tokens.ask();
  await pass(60_000);
  expect(requests[0]?.signal.aborted).toBe(false);
  const signals: AbortSignal[] = [];
  const silent = new Tokens(({ signal }) => {
    signals.push(signal);
    return new Promise(() => undefined);
  });
  const codes: unknown[] = [];
  const ask = (): void =>
    void silent.ask().catch(({ code, retryable }) => codes.push([code, retryable]));
  ask();
  await pass(19_000);
  ask();
  await pass(1);
  expect([signals.map(({ aborted }) => aborted), codes]).toEqual([
    [true, false],
    [["token.failed", true]],
  ]);
  await pass(20_000);
  expect(codes).toHaveLength(2);
});
