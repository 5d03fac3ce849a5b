import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { onPath, StartError, TOP } from "../run.mjs";

/**
 * The certificates of processes that others connect to, by the script that makes those of Docker. They stay from start to start.
 * @param {string} dir
 * @param {string[]} names
 * @throws {StartError} without openssl.
 */
export function makeCertificates(dir, names) {
  if (onPath("openssl") === undefined)
    throw new StartError("--tls needs the program openssl, which makes the certificates");
  execFileSync("sh", [join(TOP, "docker", "certificates.sh"), dir, ...names]);
}

/** The files of a process, and of the authority. @param {string} dir @param {string} name */
export const certificateOf = (dir, name) => ({
  cert: join(dir, `${name}.pem`),
  key: join(dir, `${name}.key`),
  ca: authorityIn(dir),
});

/** @param {string} dir */
export const authorityIn = (dir) => join(dir, "ca.pem");
