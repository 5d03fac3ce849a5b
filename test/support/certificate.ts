import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folder } from "./folder.ts";

const NEW_KEY = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A certificate of a host, its own authority, and its key, in PEM. */
export function certificate(name: string): { cert: string; key: string } {
  const dir = folder();
  const [cert, key] = [join(dir, "cert"), join(dir, "key")];
  const whose = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const more = [...whose, "-days", "2", "-out", cert, "-keyout", key];
  execFileSync("openssl", ["req", ...NEW_KEY, ...more], { stdio: "ignore" });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}
