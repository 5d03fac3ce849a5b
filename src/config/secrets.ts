import { readFileSync, statSync, type Stats } from "node:fs";
import { StartError } from "../start-error.ts";

/** As long as the digest of the shortest HMAC (RFC 7518, 3.2). */
export const SECRET_CHARS_MIN = 32;
/** One in use, one that takes its place, and a change of mind: each bad token is tried with all. */
const SECRETS_MAX = 4;
/** The secrets in a text, one a line: two while one takes the place of the other. */
export const secretsIn = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** The rule that a text of secrets breaks; undefined: none. */
export function secretFault(text: string): string | undefined {
  const secrets = secretsIn(text);
  if (secrets.length > SECRETS_MAX) return `at most ${SECRETS_MAX} lines, each a secret`;
  const fits = secrets.length > 0 && secrets.every(({ length }) => length >= SECRET_CHARS_MIN);
  return fits ? undefined : `at least ${SECRET_CHARS_MIN} characters`;
}

/** A secret as the settings give it. */
export interface SecretText {
  /** Its text when the settings were read. */
  readonly text: string;
  /** The file that it came from, which may change while the program runs. */
  readonly file?: string;
}

/** A longer file is no secret: it is not read. */
const BYTES_MAX = 64 * 1024;

/** Tells, before it is read, why a file can be no secret; undefined: it may be. A pipe would be waited for, and has its text once. */
export function fileFault(stats: Stats): string | undefined {
  if (!stats.isFile()) return "no plain file";
  return stats.size > BYTES_MAX ? `more than ${BYTES_MAX} bytes` : undefined;
}

/** The text of a file now, without the white space around it. @throws Error that names the fault, never the text. */
export function textNow(file: string): string {
  const fault = fileFault(statSync(file));
  if (fault !== undefined) throw new Error(fault);
  const text = readFileSync(file, "utf8").trim();
  if (text === "") throw new Error("empty");
  return text;
}

/** A secret from a file. @throws StartError that names the setting, never the text, nor the path: it may be the secret, given by mistake. */
export function readSecret(name: string, file: string): SecretText {
  try {
    return { text: textNow(file), file };
  } catch (error) {
    throw new StartError(`${name}: the file cannot be read (${faultIn(error)})`);
  }
}

const faultIn = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
};
