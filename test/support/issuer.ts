import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { base64url, exportJWK, SignJWT, type JWTHeaderParameters, type JWTPayload } from "jose";

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

/** An identity provider: an RSA key pair, and its public half served as a JWKS. */
export async function startIssuer() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  const keys = [{ ...jwk, kid: "one", alg: "RS256", use: "sig" }];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    privateKey,
    publicKey,
    jwk,
    /** The paths that were fetched. */
    asked,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
