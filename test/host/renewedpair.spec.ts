import { expect, test } from "vitest";
import { RenewedPair } from "../../src/host/owncertificate.ts";
import { certificate } from "../support/certificate.ts";
import { silent } from "../support/silent.ts";

test("a server that is made while one half of a new pair has come is made with the pair before", () => {
  const [before, after] = [certificate("before"), certificate("after")];
  const renewal = new RenewedPair(before, silent);
  const heard: unknown[] = [];
  renewal.onChange((pair) => heard.push(pair));
  renewal.take({ cert: after.cert });
  expect(renewal.pair).toEqual(before);
  renewal.take({ key: after.key });
  expect(renewal.pair).toEqual(after);
  expect(heard).toEqual([after]);
});
