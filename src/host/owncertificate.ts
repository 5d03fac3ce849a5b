import type { Logger } from "pino";
import {
  areCertificates,
  CERTIFICATES_RULE,
  isKeyOf,
  isPrivateKey,
  PRIVATE_KEY_RULE,
} from "../config/certificates.ts";
import type { Settings } from "../config/settings.ts";
import type { CertificatePair, ServedCertificate } from "../gateway/http/http.ts";
import type { Scope } from "./scope.ts";
import { SecretFile } from "./secretfile.ts";

/**
 * The certificate of the port of clients, as the settings say; undefined: it has none. Files are looked at until the scope ends: what is
 * changed counts for connections that come, once certificate and key are of each other again.
 */
export async function ownCertificate(
  { TLS_CERT, TLS_KEY, files }: Settings,
  scope: Scope,
  log: Logger,
): Promise<ServedCertificate | undefined> {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return undefined;
  const listeners: ((pair: CertificatePair) => void)[] = [];
  const pair = { cert: TLS_CERT, key: TLS_KEY };
  const take = (part: Partial<CertificatePair>): void => {
    Object.assign(pair, part);
    if (isKeyOf(pair.key, pair.cert)) for (const listener of listeners) listener({ ...pair });
    else log.warn("certificate and key are not of each other");
  };
  const look = async (name: "TLS_CERT" | "TLS_KEY", text: string, rule: Rule): Promise<void> => {
    const { [name]: file } = files;
    if (file !== undefined) await scope.start(new SecretFile({ file, text, ...rule, log }));
  };
  await look("TLS_CERT", TLS_CERT, {
    fault: (text) => (areCertificates(text) ? undefined : CERTIFICATES_RULE),
    changed: (cert) => take({ cert }),
  });
  await look("TLS_KEY", TLS_KEY, {
    fault: (text) => (isPrivateKey(text) ? undefined : PRIVATE_KEY_RULE),
    changed: (key) => take({ key }),
  });
  return { pair, onChange: (listener) => void listeners.push(listener) };
}

interface Rule {
  readonly fault: (text: string) => string | undefined;
  readonly changed: (text: string) => void;
}
