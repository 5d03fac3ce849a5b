import { createPrivateKey, X509Certificate } from "node:crypto";

/** The rules of the settings of TLS: to the broker, and at the port of clients. */

export const CERTIFICATES_RULE = "certificates in PEM";
export const PRIVATE_KEY_RULE = "a private key in PEM, without a passphrase";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a text of PEM; undefined: one of them cannot be read, or there is none. */
function certificatesIn(pem: string): X509Certificate[] | undefined {
  try {
    const found = (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
    return found.length > 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Is it one certificate or more, in PEM? */
export const areCertificates = (pem: string): boolean => certificatesIn(pem) !== undefined;

/** Is it a private key without a passphrase, in PEM? */
export function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === "private";
  } catch {
    return false;
  }
}

/** Is it the key of the first of the certificates? Both are right for themselves. */
export const isKeyOf = (key: string, cert: string): boolean =>
  certificatesIn(cert)?.[0]?.checkPrivateKey(createPrivateKey(key)) ?? false;

const PAIRS = [
  ["NATS_TLS_CERT", "NATS_TLS_KEY"],
  ["TLS_CERT", "TLS_KEY"],
] as const;

type Given = { readonly [name in (typeof PAIRS)[number][number]]?: string | undefined };

/** Faults of certificate and key beside each other, each of which is right for itself. */
export const tlsFaults = (given: Given): string[] =>
  PAIRS.flatMap(([certName, keyName]) => {
    const { [certName]: cert, [keyName]: key } = given;
    if (cert === undefined && key === undefined) return [];
    if (key === undefined) return [`${certName}: not without ${keyName}`];
    if (cert === undefined) return [`${keyName}: not without ${certName}`];
    return isKeyOf(key, cert) ? [] : [`${keyName}: not the key of ${certName}`];
  });
