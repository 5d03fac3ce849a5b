import {
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from "jose";
import type { Logger } from "pino";
import { TOKEN_CHARS_MAX } from "../../protocol/frames/hello.ts";
import { NotNowError, type Verify } from "../ports.ts";
import { Trickle } from "../trickle.ts";
import { userOf, type UserIds } from "./userid.ts";

/** Three parts in base64url, and nothing around them (RFC 7515). */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** Clocks of issuer and server may differ by so much. */
const LEEWAY_S = 60;
/** Refused tokens that are told of in a second: a person reads no more, and the rest is counted. */
const LINES_PER_SECOND = 20;
/** Among the accepted types: a token that says none. */
const UNTYPED = "none";

/** An issuer whose tokens are accepted. */
export interface Issuer {
  /** The `iss` of its tokens, character by character. */
  readonly issuer: string;
  /** A token is for one of these at least. */
  readonly audiences: readonly string[];
  /** The claim that says for whom a token is: a string, or an array of them. */
  readonly audienceClaim: string;
  /** The only algorithms accepted; a token's own choice counts for nothing. */
  readonly algorithms: readonly string[];
  /** Types of token, as the header's `typ` says them; `none`: it says none. */
  readonly types: readonly string[];
  /** The claim that names the user. */
  readonly userClaim: string;
  /** Finds the key of a token by its header: a KeySet or SharedSecrets. */
  readonly keys: {
    readonly find: JWTVerifyGetKey;
    /** Are there others now, since a signature did not fit? Absent: no. */
    renewed?(): Promise<boolean>;
  };
}

/** The tokens that are accepted, and the ids of the people whom they name. */
export interface JwtSettings {
  /** Each `iss` once. */
  readonly issuers: readonly Issuer[];
  readonly userIds: UserIds;
}

/**
 * Verifies tokens (RFC 7519, RFC 8725): the issuer is looked up by `iss`, and all else is what the settings say of it:
 * algorithms, keys, audience and type; the claim that names the user and `exp` must be there. The reason why a token was
 * refused goes to the log, never to the client.
 * @returns a verifier that throws NotNowError while the key of a token cannot be known.
 */
export function jwtVerifier({ issuers, userIds }: JwtSettings, log: Logger): Verify {
  const known = new Map(issuers.map((each) => [each.issuer, each]));
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
      const from = known.get(decodeJwt(token).iss ?? "");
      if (from === undefined) throw new Error('unexpected "iss" claim value');
      const { payload, protectedHeader } = await read(token, from);
      demandType(protectedHeader.typ, from);
      demandAudience(payload, from);
      demandPast(payload);
      const user = userOf(from.issuer, from.userClaim, payload[from.userClaim], userIds);
      const { exp = 0, iat } = payload;
      const expiresAt = (exp + LEEWAY_S) * 1_000;
      return { user, expiresAt, ...(iat !== undefined && { issuedAt: iat * 1_000 }) };
    } catch (error) {
      if (error instanceof NotNowError) throw error;
      tell(error);
      return undefined;
    }
  };
}

/** The token, once its signature and its times are found to be right. @throws Error with the reason; NotNowError. */
async function read(token: string, from: Issuer): Promise<JWTVerifyResult> {
  const options: JWTVerifyOptions = {
    issuer: from.issuer,
    algorithms: [...from.algorithms],
    clockTolerance: LEEWAY_S,
    requiredClaims: [from.userClaim, from.audienceClaim, "exp"],
  };
  try {
    return await readBy(token, from, options);
  } catch (error) {
    const isStrange = error instanceof errors.JWSSignatureVerificationFailed;
    if (!isStrange || (await from.keys.renewed?.()) !== true) throw error;
    return readBy(token, from, options);
  }
}

async function readBy(
  token: string,
  { keys }: Issuer,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys.find, options);
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
): Promise<JWTVerifyResult> {
  for await (const key of keys) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** A token of another type, signed by the same key, is meant for something else (RFC 8725, 3.11). */
function demandType(typ: string | undefined, { types }: Issuer): void {
  const said = typ === undefined ? UNTYPED : mediaType(typ);
  // The text `none` in a header is a type of that name.
  const accepted = types.map((each) => (each === UNTYPED ? UNTYPED : mediaType(each)));
  if (!accepted.includes(said)) throw new Error('unexpected "typ" JWT header value');
}

/** A media type, of which `application/` may be left out (RFC 7515, 4.1.9). */
const mediaType = (typ: string): string =>
  typ.includes("/") ? typ.toLowerCase() : `application/${typ.toLowerCase()}`;

function demandAudience(payload: JWTPayload, { audienceClaim, audiences }: Issuer): void {
  const said = [payload[audienceClaim]].flat();
  if (!audiences.some((each) => said.includes(each)))
    throw new Error(`unexpected "${audienceClaim}" claim value`);
}

/** A token from the future would be later than every sign-out until then. */
function demandPast({ iat = 0 }: JWTPayload): void {
  if (iat > Date.now() / 1_000 + LEEWAY_S) throw new Error('"iat" claim is in the future');
}
