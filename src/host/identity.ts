import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { developmentAuth } from "../gateway/auth/development.ts";
import { KeySet } from "../gateway/auth/jwks.ts";
import { jwtVerifier, type JwtSettings } from "../gateway/auth/jwt.ts";
import type { Verify } from "../gateway/ports.ts";
import { StartError } from "../start-error.ts";

/** How tokens are judged. */
export interface Identities {
  readonly verify: Verify;
  /** Hands out development identities; absent in production. */
  readonly issue?: (user: string, now: number) => Promise<{ token: string; expiresAt: number }>;
}

/** Judges tokens as the settings say. @throws StartError when the development key cannot be kept. */
export function identities(settings: Settings, log: Logger): Identities {
  if (settings.AUTH === "dev") return developmentAuth(developmentKey(settings.DATA_DIR), log);
  const verify = jwtVerifier(
    {
      issuer: settings.JWT_ISSUER ?? "",
      audience: settings.JWT_AUDIENCE ?? "",
      algorithms: settings.JWT_ALGORITHMS,
      typ: settings.JWT_TYP,
      keys: keysOf(settings, log),
    },
    log,
  );
  return { verify };
}

/** The issuer's public keys, or the secret shared with it. */
function keysOf(settings: Settings, log: Logger): JwtSettings["keys"] {
  const { JWT_JWKS_URL, JWT_JWKS_COOLDOWN_MS, JWT_SECRET } = settings;
  if (JWT_JWKS_URL === undefined) return { secret: new TextEncoder().encode(JWT_SECRET) };
  return new KeySet({
    url: new URL(JWT_JWKS_URL),
    cooldownMs: JWT_JWKS_COOLDOWN_MS,
    now: () => performance.now(),
    log,
  });
}

/** Kept beside the data, so that a restart does not throw everybody out. */
function developmentKey(dir: string): Uint8Array {
  const path = join(dir, "development.key");
  try {
    mkdirSync(dir, { recursive: true });
    if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: "wx" });
    return readFileSync(path);
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
