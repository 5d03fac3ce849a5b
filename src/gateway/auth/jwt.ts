import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import type { Logger } from "pino";
import { UserId } from "../../events/ids.ts";
import { TOKEN_CHARS_MAX } from "../../protocol/frames/hello.ts";
import { NotNowError, type Verify } from "../ports.ts";
import { Trickle } from "../trickle.ts";
import type { KeySet } from "./jwks.ts";

/** Three parts in base64url, and nothing around them (RFC 7515). */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** Clocks of issuer and server may differ by so much. */
const LEEWAY_S = 60;

/** Refused tokens that are told of in a second: a person reads no more, and the rest is counted. */
const LINES_PER_SECOND = 20;

/** Which tokens are accepted, and by which keys. */
export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** The only algorithms accepted; a token's own choice counts for nothing. */
  readonly algorithms: readonly string[];
  readonly typ: string;
  readonly keys: KeySet | { readonly secret: Uint8Array };
}

/**
 * Verifies tokens (RFC 7519, RFC 8725): fixed algorithms, issuer, audience and type; `sub` and
 * `exp` must be there; keys come from the settings only, never from the token. The reason why a token
 * was refused goes to the log, never to the client.
 * @returns a verifier that throws NotNowError while the key of a token cannot be known.
 */
export function jwtVerifier(settings: JwtSettings, log: Logger): Verify {
  const options: JWTVerifyOptions = {
    issuer: settings.issuer,
    audience: settings.audience,
    algorithms: [...settings.algorithms],
    typ: settings.typ,
    clockTolerance: LEEWAY_S,
    requiredClaims: ["sub", "exp"],
  };
  const trickle = new Trickle(LINES_PER_SECOND);
  const tell = (error: unknown): void => {
    if (!trickle.admits(performance.now())) return;
    const leftOut = trickle.takeLeft();
    const reason = error instanceof Error ? error.message : "unknown";
    log.info({ reason, ...(leftOut > 0 && { leftOut }) }, "token refused");
  };
  return async (token) => {
    if (token.length > TOKEN_CHARS_MAX || !COMPACT.test(token)) return undefined;
    try {
      const { sub, exp, iat } = await read(token, settings.keys, options);
      const user = UserId.safeParse(sub);
      if (!user.success) throw new Error("sub is no user id");
      const expiresAt = ((exp ?? 0) + LEEWAY_S) * 1_000;
      return { user: user.data, expiresAt, ...(iat !== undefined && { issuedAt: iat * 1_000 }) };
    } catch (error) {
      if (error instanceof NotNowError) throw error;
      tell(error);
      return undefined;
    }
  };
}

async function read(
  token: string,
  keys: JwtSettings["keys"],
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  if ("secret" in keys) return (await jwtVerify(token, keys.secret, options)).payload;
  try {
    return (await jwtVerify(token, keys.find, options)).payload;
  } catch (error) {
    // A token without `kid`, while the issuer has several keys: one of them may fit.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return readByAny(token, error, options);
  }
}

async function readByAny(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
