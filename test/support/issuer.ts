import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { base64url, exportJWK, SignJWT, type JWTHeaderParameters, type JWTPayload } from "jose";
import type { Issuer } from "../../src/gateway/auth/jwt.ts";
import { rsaPair } from "./keypair.ts";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "chat";

/** Seconds since 1970, as tokens count. */
export const seconds = (): number => Math.floor(Date.now() / 1_000);

/** The claims of a good token; `undefined` leaves one out. */
export const claims = (more: Record<string, unknown> = {}): JWTPayload => ({
  sub: "mallory",
  iss: ISSUER,
  aud: AUDIENCE,
  exp: seconds() + 600,
  ...more,
});

/** The issuer of these tokens, as a gateway knows it. */
export const accepted = (more: Pick<Issuer, "algorithms" | "keys"> & Partial<Issuer>): Issuer => ({
  issuer: ISSUER,
  audiences: [AUDIENCE],
  audienceClaim: "aud",
  types: ["JWT"],
  userClaim: "sub",
  ...more,
});

/** Signs a token; without `key` it stays unsigned, as with `alg: none`. */
export async function token(
  header: Partial<JWTHeaderParameters>,
  payload: JWTPayload,
  key?: KeyObject | Uint8Array,
): Promise<string> {
  if (key !== undefined)
    return new SignJWT(payload).setProtectedHeader({ alg: "", typ: "JWT", ...header }).sign(key);
  const part = (json: unknown): string => base64url.encode(JSON.stringify(json));
  return `${part({ typ: "JWT", ...header })}.${part(payload)}.`;
}

/** A key pair of an issuer, and its public half as it stands in a JWKS. */
export async function keyPair(kid: string) {
  const { privateKey, publicKey } = rsaPair();
  const jwk = await exportJWK(publicKey);
  return { privateKey, publicKey, jwk, listed: { ...jwk, kid, alg: "RS256", use: "sig" } };
}

/** An identity provider: a key named `one`, and a JWKS with it. */
export async function startIssuer() {
  const { listed, ...pair } = await keyPair("one");
  const asked: string[] = [];
  const issuer = {
    ...pair,
    url: "",
    /** The keys of the JWKS. */
    keys: [listed] as object[],
    /** Answers instead of the JWKS. */
    instead: undefined as ((response: ServerResponse) => void) | undefined,
    /** The paths that were fetched. */
    asked,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (issuer.instead !== undefined) return issuer.instead(response);
    const { keys } = issuer;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  issuer.url = `http://127.0.0.1:${port}/jwks.json`;
  return issuer;
}
