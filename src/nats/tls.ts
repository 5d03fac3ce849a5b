import type { TlsOptions } from "@nats-io/transport-node";
import { HUNG_UP } from "./transport.ts";

/** The certificates of a connection to the broker, in PEM. They are asked for at each attempt to connect, so they may change between two. */
export interface Certificates {
  /** The authorities by which the broker's is checked; absent: those of this machine. */
  readonly ca?: string | undefined;
  /** Those that this process shows to the broker. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The URLs of servers to which nothing is said in the clear. */
const ENCRYPTED = /(^|,)\s*tls:\/\//;

/**
 * TLS as the connection wants it; undefined: it is not demanded, and used where the broker demands it. Where it is demanded, a broker without it is
 * refused before a password is said.
 */
export function tlsFor(url: string, certificates: Certificates = {}): TlsOptions | undefined {
  const isGiven = Object.values(certificates).some((each) => each !== undefined);
  if (!isGiven && !ENCRYPTED.test(url)) return undefined;
  return certificates as TlsOptions;
}

/** Faults of a broker's certificate, by the code of Node's error. */
const FAULTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is of an authority that is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is of an authority that is not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that is not trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is of an authority that is not trusted",
  CERT_SIGNATURE_FAILURE: "its certificate is of an authority that is not trusted",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
};

/** The words of the library for a server that does not know TLS. */
const WITHOUT = "server does not support 'tls'";

/** The words for an error of a connection for which TLS is demanded; undefined: it is of something else. */
export function tlsFault(error: unknown, { cert }: Certificates): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message === WITHOUT) return "it has no TLS";
  if (error.message === HUNG_UP && cert === undefined)
    return "no answer: if it wants a certificate, NATS_TLS_CERT and NATS_TLS_KEY are missing";
  return "code" in error ? FAULTS[String(error.code)] : undefined;
}
