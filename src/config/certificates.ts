import { createPrivateKey, X509Certificate } from "node:crypto";

/** The rules of the settings of TLS between this process and the broker. */

export const CERTIFICATES_RULE = "certificates in PEM";
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

interface Given {
  readonly NATS_TLS_CERT?: string | undefined;
  readonly NATS_TLS_KEY?: string | undefined;
}

/** Faults of certificate and key beside each other, each of which is right for itself. */
export function tlsFaults({ NATS_TLS_CERT: cert, NATS_TLS_KEY: key }: Given): string[] {
  if (cert === undefined && key === undefined) return [];
  if (key === undefined) return ["NATS_TLS_CERT: not without NATS_TLS_KEY"];
  if (cert === undefined) return ["NATS_TLS_KEY: not without NATS_TLS_CERT"];
  const [own] = certificatesIn(cert) ?? [];
  const fits = own?.checkPrivateKey(createPrivateKey(key)) ?? false;
  return fits ? [] : ["NATS_TLS_KEY: not the key of NATS_TLS_CERT"];
}
