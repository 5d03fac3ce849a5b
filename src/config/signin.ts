import { StartError } from "../start-error.ts";
import { issuersOf, type IssuerSettings, type IssuersGiven } from "./issuers.ts";
import type { SecretText } from "./secrets.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** Settings of one issuer: JWT_ISSUERS says them of each. */
const OF_ONE = [
  "JWT_ISSUER",
  "JWT_AUDIENCE",
  "JWT_AUDIENCE_CLAIM",
  "JWT_ALGORITHMS",
  "JWT_TYP",
  "JWT_USER_CLAIM",
  "JWT_JWKS_URL",
  "JWT_SECRET",
];

/** How people identify themselves, as the settings say. */
export interface SignIn {
  readonly auth: "dev" | "jwt";
  readonly issuers: readonly IssuerSettings[];
}

/** The settings that decide it, each right for itself. */
interface Given extends IssuersGiven {
  readonly HOST?: string | undefined;
  readonly AUTH?: "dev" | "jwt" | undefined;
}

/**
 * Decides how people identify themselves: development tokens on loopback, where nothing is said of an issuer, else tokens of issuers.
 * @param texts the settings that are given, each with the file that it is from.
 * @throws StartError that names the settings that are missing, or do not go together.
 */
export function signInOf(given: Given, texts: ReadonlyMap<string, SecretText>): SignIn {
  // One without its issuer is a line that was left out: behind a proxy on this machine anybody would come in by a development token.
  const isNamed = [...OF_ONE, "JWT_ISSUERS"].some((name) => texts.has(name));
  const isPrivate = LOOPBACK.includes(given.HOST ?? "127.0.0.1") && !isNamed;
  const auth = given.AUTH ?? (isPrivate ? "dev" : "jwt");
  if (auth === "dev") return { auth, issuers: [] };
  const beside = given.JWT_ISSUERS === undefined ? [] : OF_ONE.filter((name) => texts.has(name));
  if (beside.length > 0) throw new StartError(`JWT_ISSUERS: not beside ${beside.join(", ")}`);
  return { auth, issuers: issuersOf(given, texts.get("JWT_SECRET")) };
}
