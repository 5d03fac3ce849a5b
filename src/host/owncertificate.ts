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
  const served = new RenewedPair({ cert: TLS_CERT, key: TLS_KEY }, log);
  const look = async (name: "TLS_CERT" | "TLS_KEY", text: string, rule: Rule): Promise<void> => {
    const { [name]: file } = files;
    if (file !== undefined) await scope.start(new SecretFile({ file, text, ...rule, log }));
  };
  await look("TLS_CERT", TLS_CERT, {
    fault: (text) => (areCertificates(text) ? undefined : CERTIFICATES_RULE),
    changed: (cert) => served.take({ cert }),
  });
  await look("TLS_KEY", TLS_KEY, {
    fault: (text) => (isPrivateKey(text) ? undefined : PRIVATE_KEY_RULE),
    changed: (key) => served.take({ key }),
  });
  return served;
}

/** A pair in use, and what has come since: of two files one changes first, so a pair counts once its halves are of each other. */
export class RenewedPair implements ServedCertificate {
  #pair: CertificatePair;
  #newest: CertificatePair;
  readonly #log: Logger;
  readonly #listeners: ((pair: CertificatePair) => void)[] = [];

  /** @param pair certificate and key that are of each other. */
  constructor(pair: CertificatePair, log: Logger) {
    this.#pair = pair;
    this.#newest = pair;
    this.#log = log;
  }

  /** The pair in use, also while a half of the next one has come: a server that is made then would not start on two halves. */
  get pair(): CertificatePair {
    return this.#pair;
  }

  onChange(listener: (pair: CertificatePair) => void): void {
    this.#listeners.push(listener);
  }

  /** A file has changed. */
  take(half: Partial<CertificatePair>): void {
    this.#newest = { ...this.#newest, ...half };
    const { key, cert } = this.#newest;
    if (!isKeyOf(key, cert)) return this.#log.warn("certificate and key are not of each other");
    this.#pair = this.#newest;
    for (const listener of this.#listeners) listener(this.#pair);
  }
}

interface Rule {
  readonly fault: (text: string) => string | undefined;
  readonly changed: (text: string) => void;
}
