import { readFileSync } from "node:fs";
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

/** A secret from a file, without the white space around it. @throws StartError that names the setting, never the text. */
export function readSecret(name: string, file: string): SecretText {
  try {
    return { text: readFileSync(file, "utf8").trim(), file };
  } catch {
    throw new StartError(`${name}: the file cannot be read`);
  }
}
