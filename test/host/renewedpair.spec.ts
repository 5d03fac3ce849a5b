import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RenewedPair } from "../../src/host/owncertificate.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";

const NEW_KEY = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A certificate and its key. */
function made(name: string) {
  const dir = folder();
  const [cert, key] = [join(dir, "cert"), join(dir, "key")];
  const more = ["-subj", `/CN=${name}`, "-days", "2", "-out", cert, "-keyout", key];
  execFileSync("openssl", ["req", ...NEW_KEY, ...more], { stdio: "ignore" });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

test("a server that is made while one half of a new pair has come is made with the pair before", () => {
  const [before, after] = [made("before"), made("after")];
  const renewal = new RenewedPair(before, silent);
  const heard: unknown[] = [];
  renewal.onChange((pair) => heard.push(pair));
  renewal.take({ cert: after.cert });
  expect(renewal.pair).toEqual(before);
  renewal.take({ key: after.key });
  expect(renewal.pair).toEqual(after);
  expect(heard).toEqual([after]);
});
