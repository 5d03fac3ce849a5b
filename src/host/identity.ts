import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { IssuerSettings } from "../config/issuers.ts";
import { secretsIn } from "../config/secrets.ts";
import type { Settings } from "../config/settings.ts";
import { developmentAuth } from "../gateway/auth/development.ts";
import { KeySet } from "../gateway/auth/jwks.ts";
import { jwtVerifier, type Issuer } from "../gateway/auth/jwt.ts";
import { SharedSecrets } from "../gateway/auth/secret.ts";
import type { Verify } from "../gateway/ports.ts";
import { StartError } from "../start-error.ts";

const ENCODER = new TextEncoder();

/** The ways in which tokens are judged. */
export interface Identities {
  readonly verify: Verify;
  /** Hands out development identities; absent in production. */
  readonly issue?: (user: string, now: number) => Promise<{ token: string; expiresAt: number }>;
}

/** Judges tokens as the settings say. @throws StartError when the development key cannot be kept. */
export function identities(settings: Settings, log: Logger): Identities {
  if (settings.AUTH === "dev") return developmentAuth(developmentKey(settings.DATA_DIR), log);
  const issuers = settings.issuers.map((each) => ({
    issuer: each.issuer,
    audiences: each.audience,
    audienceClaim: each.audienceClaim,
    algorithms: each.algorithms,
    types: each.typ,
    userClaim: each.userClaim,
    keys: keysOf(each, settings, log),
  }));
  return { verify: jwtVerifier({ issuers, userIds: settings.JWT_USER_ID }, log) };
}

/** The issuer's public keys, or the secrets shared with it. */
function keysOf(
  { issuer, keys }: IssuerSettings,
  { JWT_JWKS_COOLDOWN_MS }: Settings,
  log: Logger,
): Issuer["keys"] {
  if ("secret" in keys)
    return new SharedSecrets(secretsIn(keys.secret.text).map((text) => ENCODER.encode(text)));
  return new KeySet({
    url: new URL(keys.jwksUrl),
    cooldownMs: JWT_JWKS_COOLDOWN_MS,
    now: () => performance.now(),
    log: log.child({ issuer }),
  });
}

/** Kept beside the data, so that a restart does not throw everybody out. */
function developmentKey(dir: string): Uint8Array<ArrayBuffer> {
  const path = join(dir, "development.key");
  try {
    mkdirSync(dir, { recursive: true });
    if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: "wx" });
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
