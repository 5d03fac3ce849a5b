import { SignJWT } from "jose";
import type { Logger } from "pino";
import type { Verify } from "../ports.ts";
import { jwtVerifier } from "./jwt.ts";

const DEV = { issuer: "posthorn-development", audience: "posthorn", algorithm: "HS256", hours: 12 };

/** Development identities: whoever asks for a name gets it. Never for production. */
export interface DevelopmentAuth {
  readonly verify: Verify;
  /** `now` and `expiresAt` are ms since 1970. */
  readonly issue: (user: string, now: number) => Promise<{ token: string; expiresAt: number }>;
}

/** Signs and verifies development identities with a secret of this server's own. */
export function developmentAuth(secret: Uint8Array, log: Logger): DevelopmentAuth {
  const { issuer, audience, algorithm } = DEV;
  const keys = { secret };
  const settings = { issuer, audience, algorithms: [algorithm], typ: "JWT", keys };
  const issue: DevelopmentAuth["issue"] = async (user, now) => {
    const seconds = Math.floor(now / 1_000);
    const expires = seconds + DEV.hours * 3_600;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm, typ: "JWT" })
      .setSubject(user)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setExpirationTime(expires)
      .sign(secret);
    return { token, expiresAt: expires * 1_000 };
  };
  return { verify: jwtVerifier(settings, log), issue };
}
