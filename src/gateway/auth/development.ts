import { SignJWT } from "jose";
import type { Logger } from "pino";
import type { Verify } from "../ports.ts";
import { jwtVerifier } from "./jwt.ts";
import { SharedSecrets } from "./secret.ts";

const DEV = { issuer: "posthorn-development", audience: "posthorn", algorithm: "HS256", hours: 12 };

/** Development identities: whoever asks for a name gets it. Never for production. */
export interface DevelopmentAuth {
  readonly verify: Verify;
  /** `now` and `expiresAt` are ms since 1970. */
  readonly issue: (user: string, now: number) => Promise<{ token: string; expiresAt: number }>;
}

/** Signs and verifies development identities with a secret of this server's own. */
export function developmentAuth(secret: Uint8Array<ArrayBuffer>, log: Logger): DevelopmentAuth {
  const { issuer, audience, algorithm } = DEV;
  const keys = new SharedSecrets([secret]);
  const own = {
    issuer,
    audiences: [audience],
    audienceClaim: "aud",
    algorithms: [algorithm],
    types: ["JWT"],
    userClaim: "sub",
    keys,
  };
  const issue: DevelopmentAuth["issue"] = async (user, now) => {
    const [key] = await keys.keys(algorithm);
    if (key === undefined) throw new Error("the development key is gone");
    const seconds = Math.floor(now / 1_000);
    const expires = seconds + DEV.hours * 3_600;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm, typ: "JWT" })
      .setSubject(user)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setExpirationTime(expires)
      .sign(key);
    return { token, expiresAt: expires * 1_000 };
  };
  return { verify: jwtVerifier({ issuers: [own], userIds: "sub" }, log), issue };
}
