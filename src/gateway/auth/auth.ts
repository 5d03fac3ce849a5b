import {
  createRemoteJWKSet,
  errors,
  jwtVerify,
  SignJWT,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from "jose";
import type { Logger } from "pino";
import { TOKEN_CHARS_MAX } from "../../protocol/frames/hello.ts";
import { UserId } from "../../events/ids.ts";
import type { Verify } from "../ports.ts";

/** Three parts in base64url, and nothing around them (RFC 7515). */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** Clocks of issuer and server may differ by so much. */
const LEEWAY_S = 60;
/** jose's codes for a key set that did not come; anything else is about the token. */
const OUTAGES = new Set(["ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC", "ERR_JWKS_INVALID"]);
/** The keys cannot be had just now: that says nothing about the token. */
const isOutage = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof errors.JOSEError && OUTAGES.has(error.code));
const DEV = { issuer: "posthorn-development", audience: "posthorn", algorithm: "HS256", hours: 12 };

/** Which tokens are accepted, and by which keys. */
export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** The only algorithms accepted; a token's own choice counts for nothing. */
  readonly algorithms: readonly string[];
  readonly typ: string;
  readonly keys: { readonly jwksUrl: URL } | { readonly secret: Uint8Array };
}

/**
 * Verifies tokens (RFC 7519, RFC 8725): fixed algorithms, issuer, audience and type; `sub` and
 * `exp` must be there; keys come from the settings only, never from the token. Why a token was
 * refused goes to the log, never to the client.
 * @returns a verifier that throws when the key set cannot be fetched.
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
  const { keys } = settings;
  const remote = "jwksUrl" in keys ? createRemoteJWKSet(keys.jwksUrl) : undefined;
  const read = (token: string) =>
    "secret" in keys
      ? jwtVerify(token, keys.secret, options)
      : jwtVerify(token, remote as JWTVerifyGetKey, options);
  return async (token) => {
    if (token.length > TOKEN_CHARS_MAX || !COMPACT.test(token)) return undefined;
    try {
      const verified = await read(token);
      const { sub, exp } = verified.payload;
      const user = UserId.safeParse(sub);
      if (!user.success) throw new Error("sub is no user id");
      return { user: user.data, expiresAt: ((exp ?? 0) + LEEWAY_S) * 1_000 };
    } catch (error) {
      if (isOutage(error)) throw error;
      log.info({ reason: error instanceof Error ? error.message : "unknown" }, "token refused");
      return undefined;
    }
  };
}

/** Development identities: whoever asks for a name gets it. Never for production. */
export function developmentAuth(secret: Uint8Array, log: Logger) {
  const verify = jwtVerifier(
    {
      issuer: DEV.issuer,
      audience: DEV.audience,
      algorithms: [DEV.algorithm],
      typ: "JWT",
      keys: { secret },
    },
    log,
  );
  const issue = async (
    user: string,
    now: number,
  ): Promise<{ token: string; expiresAt: number }> => {
    const seconds = Math.floor(now / 1_000);
    const expires = seconds + DEV.hours * 3_600;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: DEV.algorithm, typ: "JWT" })
      .setSubject(user)
      .setIssuer(DEV.issuer)
      .setAudience(DEV.audience)
      .setIssuedAt(seconds)
      .setExpirationTime(expires)
      .sign(secret);
    return { token, expiresAt: expires * 1_000 };
  };
  return { verify, issue };
}
