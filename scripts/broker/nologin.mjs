const NAMES = ["USER", "PASSWORD", "TOKEN", "CREDS", "TLS_CA", "TLS_CERT", "TLS_KEY"];

/**
 * The settings of a log-in at the broker, all of them empty: where a script runs the broker, what its caller's environment says of
 * another one is of no use, and stands beside what the script says.
 * @type {Readonly<Record<string, "">>}
 */
export const NO_LOGIN = Object.fromEntries(
  NAMES.flatMap((name) => [`NATS_${name}`, `NATS_${name}_FILE`]).map((name) => [name, ""]),
);
