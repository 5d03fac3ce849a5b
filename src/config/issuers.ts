import * as z from "zod";
import { StartError } from "../start-error.ts";
import { readSecret, secretFault, type SecretText } from "./secrets.ts";

/** Signatures only: `none` and encryption are no choice. */
const ALGORITHM = /^((HS|RS|PS|ES)(256|384|512)|EdDSA)$/;
/** Each has its keys in memory, fetched by itself. More than a company has, and fewer than a market of tenants. */
const ISSUERS_MAX = 16;

export const ALGORITHM_RULE = "HS256, RS256, PS256, ES256, … or EdDSA";
export const areAlgorithms = (names: readonly string[]): boolean =>
  names.every((name) => ALGORITHM.test(name));
/** An `iss`. Ids are hashes of it, a line end and a claim: an issuer with a line end could be another one. */
export const IssuerName = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "text without control characters");
export const JwksUrl = z.url({ protocol: /^https?$/, error: "an http or https URL" });

const texts = z.array(z.string().min(1)).min(1).readonly();
const oneOrMore = z.preprocess((said) => (typeof said === "string" ? [said] : said), texts);
/** One issuer as `JWT_ISSUERS` has it. */
const Entry = z
  .strictObject({
    issuer: IssuerName,
    audience: oneOrMore,
    audienceClaim: z.string().min(1).default("aud"),
    algorithms: texts.refine(areAlgorithms, ALGORITHM_RULE),
    typ: oneOrMore.default(["JWT"]),
    userClaim: z.string().min(1).default("sub"),
    jwksUrl: JwksUrl.optional(),
    secretFile: z.string().min(1).optional(),
  })
  .refine(
    ({ jwksUrl, secretFile }) => (jwksUrl === undefined) !== (secretFile === undefined),
    "either jwksUrl or secretFile",
  );
const Entries = z.array(Entry).min(1).max(ISSUERS_MAX, `at most ${ISSUERS_MAX} issuers`);

/** An issuer whose tokens are accepted, as the settings say. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly audienceClaim: string;
  readonly algorithms: readonly string[];
  readonly typ: readonly string[];
  readonly userClaim: string;
  readonly keys: { readonly jwksUrl: string } | { readonly secret: SecretText };
}

/** The settings that name issuers, as they were given. */
export interface IssuersGiven {
  readonly JWT_ISSUER?: string | undefined;
  readonly JWT_AUDIENCE: readonly string[];
  readonly JWT_AUDIENCE_CLAIM: string;
  readonly JWT_ALGORITHMS: readonly string[];
  readonly JWT_TYP: readonly string[];
  readonly JWT_USER_CLAIM: string;
  readonly JWT_USER_ID: "sub" | "hash";
  readonly JWT_JWKS_URL?: string | undefined;
  /** A JSON array of issuers, instead of the settings of one. */
  readonly JWT_ISSUERS?: string | undefined;
}

/** The issuers that the settings name. `secret`: where JWT_SECRET comes from. @throws StartError */
export function issuersOf(
  settings: IssuersGiven,
  secret: SecretText | undefined,
): IssuerSettings[] {
  const issuers =
    settings.JWT_ISSUERS === undefined ? [single(settings, secret)] : several(settings.JWT_ISSUERS);
  for (const issuer of issuers) demandFittingKeys(issuer);
  const names = issuers.map(({ issuer }) => issuer);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new StartError(`JWT_ISSUERS: ${twice} is there twice`);
  if (names.length > 1 && settings.JWT_USER_ID !== "hash")
    throw new StartError(
      "JWT_USER_ID: several issuers need hash, or two of them could name the same user",
    );
  return issuers;
}

function single(settings: IssuersGiven, secret: SecretText | undefined): IssuerSettings {
  const { JWT_ISSUER, JWT_AUDIENCE, JWT_ALGORITHMS, JWT_JWKS_URL } = settings;
  const missing: string[] = [];
  if (JWT_ISSUER === undefined) missing.push("JWT_ISSUER");
  if (JWT_AUDIENCE.length === 0) missing.push("JWT_AUDIENCE");
  if (JWT_ALGORITHMS.length === 0) missing.push("JWT_ALGORITHMS");
  const keys = keysOf(JWT_JWKS_URL, secret);
  if (keys === undefined) missing.push("JWT_JWKS_URL or JWT_SECRET");
  if (JWT_ISSUER === undefined || keys === undefined || missing.length > 0)
    throw new StartError(`AUTH=jwt needs ${missing.join(", ")}`);
  if (JWT_JWKS_URL !== undefined && secret !== undefined)
    throw new StartError("JWT_SECRET: not beside JWT_JWKS_URL");
  return {
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    audienceClaim: settings.JWT_AUDIENCE_CLAIM,
    algorithms: JWT_ALGORITHMS,
    typ: settings.JWT_TYP,
    userClaim: settings.JWT_USER_CLAIM,
    keys,
  };
}

const keysOf = (
  jwksUrl: string | undefined,
  secret: SecretText | undefined,
): IssuerSettings["keys"] | undefined => {
  if (jwksUrl !== undefined) return { jwksUrl };
  return secret && { secret };
};

function several(text: string): IssuerSettings[] {
  const { success, data, error } = Entries.safeParse(json(text));
  if (!success) {
    const wrong = error.issues.map(({ path, message }) => `${path.join(".") || "all"}: ${message}`);
    throw new StartError(`JWT_ISSUERS is wrong: ${wrong.join("; ")}`);
  }
  return data.map(({ jwksUrl, secretFile, ...issuer }, i) => {
    const name = `JWT_ISSUERS: ${i}.secretFile`;
    const secret = secretFile === undefined ? undefined : readSecret(name, secretFile);
    const fault = secret && secretFault(secret.text);
    if (fault !== undefined) throw new StartError(`${name}: ${fault}`);
    const keys = keysOf(jwksUrl, secret);
    if (keys === undefined) throw new StartError(`${name} is missing`);
    return { ...issuer, keys };
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StartError("JWT_ISSUERS is no JSON");
  }
}

/** A public key must never be taken for a secret (RFC 8725, 3.1). */
function demandFittingKeys({ issuer, algorithms, keys }: IssuerSettings): void {
  const mixed = algorithms.filter((name) => name.startsWith("HS") !== "secret" in keys);
  if (mixed.length > 0)
    throw new StartError(
      `JWT_ALGORITHMS: ${mixed.join(", ")} does not go with this kind of key (of ${issuer})`,
    );
}
