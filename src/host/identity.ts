import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { IssuerSettings } from "../config/issuers.ts";
import { secretFault, secretsIn } from "../config/secrets.ts";
import type { Settings } from "../config/settings.ts";
import { developmentAuth } from "../gateway/auth/development.ts";
import { KeySet } from "../gateway/auth/jwks.ts";
import { jwtVerifier, type Issuer } from "../gateway/auth/jwt.ts";
import { SharedSecrets } from "../gateway/auth/secret.ts";
import { makeFolder } from "../folder.ts";
import type { Verify } from "../gateway/ports.ts";
import { StartError } from "../start-error.ts";
import type { Scope } from "./scope.ts";
import { SecretFile } from "./secretfile.ts";

const ENCODER = new TextEncoder();

/** The ways in which tokens are judged. */
export interface Identities {
  readonly verify: Verify;
  /** Hands out development identities; absent in production. */
  readonly issue?: (user: string, now: number) => Promise<{ token: string; expiresAt: number }>;
}

/**
 * Judges tokens as the settings say; secrets from files are looked at until the scope ends.
 * @throws StartError when the development key cannot be kept.
 */
export async function identities(
  settings: Settings,
  scope: Scope,
  log: Logger,
): Promise<Identities> {
  if (settings.AUTH === "dev") return developmentAuth(developmentKey(settings), log);
  const issuers: Issuer[] = [];
  for (const each of settings.issuers)
    issuers.push({
      issuer: each.issuer,
      audiences: each.audience,
      audienceClaim: each.audienceClaim,
      algorithms: each.algorithms,
      types: each.typ,
      userClaim: each.userClaim,
      keys: await keysOf(each, settings, scope, log),
    });
  return { verify: jwtVerifier({ issuers, userIds: settings.JWT_USER_ID }, log) };
}

/** The issuer's public keys, or the secrets shared with it. */
async function keysOf(
  { issuer, keys }: IssuerSettings,
  { JWT_JWKS_COOLDOWN_MS }: Settings,
  scope: Scope,
  log: Logger,
): Promise<Issuer["keys"]> {
  const own = log.child({ issuer });
  if ("jwksUrl" in keys)
    return new KeySet({
      url: new URL(keys.jwksUrl),
      cooldownMs: JWT_JWKS_COOLDOWN_MS,
      now: () => performance.now(),
      log: own,
    });
  const { text, file } = keys.secret;
  const secrets = new SharedSecrets(bytesOf(text));
  const changed = (now: string): void => secrets.replace(bytesOf(now));
  if (file !== undefined)
    await scope.start(new SecretFile({ file, text, fault: secretFault, changed, log: own }));
  return secrets;
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer>[] =>
  secretsIn(text).map((each) => ENCODER.encode(each));

/** The secret of the settings, which several gateways may share; else one kept beside the data, so that a restart does not throw everybody out. */
function developmentKey({ DEV_SECRET, DATA_DIR: dir }: Settings): Uint8Array<ArrayBuffer> {
  if (DEV_SECRET !== undefined) return ENCODER.encode(DEV_SECRET);
  const path = join(dir, "development.key");
  try {
    makeFolder(dir);
    if (!existsSync(path)) makeKey(path);
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Makes the key whole or not at all: another gateway on the same folder may do so at this moment, and the first one's counts. */
function makeKey(path: string): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, randomBytes(32), { mode: 0o600 });
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own);
  }
}
