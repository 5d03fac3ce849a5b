// Pairs of keys for specs, read from text. Node holds a key's lock while it exports the key as a JWK, and where the job that has
// made it is collected in that moment, the job's end waits for the same lock, for ever (Node 20.20): no job knows these keys.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";

const publicKeyEncoding = { type: "spki", format: "pem" } as const;
const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;

const readAnew = (texts: { publicKey: string; privateKey: string }) => ({
  publicKey: createPublicKey(texts.publicKey),
  privateKey: createPrivateKey(texts.privateKey),
});

export const rsaPair = () =>
  readAnew(
    generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding }),
  );

export const ecPair = () =>
  readAnew(
    generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding, privateKeyEncoding }),
  );
