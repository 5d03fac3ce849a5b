import { nkeys } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { authenticators, type Login } from "../../src/nats/login.ts";

const creds = (jwt: string): string => {
  const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
  return `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n
-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
};
/** The answer to a broker's nonce. */
const says = (login: Login): object[] =>
  authenticators(login).map((each) => ({ ...each("nonce") }));

test("credentials are those of the moment in which the broker asks", () => {
  const login = { user: "a", password: "b", token: "c" };
  const made = authenticators(login);
  const answers = () => made.map((each) => ({ ...each("nonce") }));
  expect(answers()).toEqual([{ user: "a", pass: "b" }, { auth_token: "c" }]);
  Object.assign(login, { user: "x", password: "y", token: "z" });
  expect(answers()).toEqual([{ user: "x", pass: "y" }, { auth_token: "z" }]);
});

test("creds that are half written leave the ones before in use, and end no connection", () => {
  const login = { creds: creds("one") };
  const [answer] = authenticators(login);
  expect(answer?.("nonce")).toMatchObject({ jwt: "one" });
  const two = creds("two");
  login.creds = two.slice(0, 40);
  expect(answer?.("nonce")).toMatchObject({ jwt: "one" });
  login.creds = two;
  expect(answer?.("nonce")).toMatchObject({ jwt: "two" });
  expect(() => says({ creds: "none" })).toThrow("unable to parse credentials");
  expect(says({})).toEqual([]);
});
