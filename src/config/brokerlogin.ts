interface Given {
  readonly NATS_USER?: string | undefined;
  readonly NATS_PASSWORD?: string | undefined;
  readonly NATS_TOKEN?: string | undefined;
  readonly NATS_CREDS?: string | undefined;
}

/**
 * Faults of the ways to log in at the broker beside each other, each of which is right for itself. A name alone is none: a certificate may
 * be all that the broker asks for, and the name still says where answers come to.
 */
export function loginFaults(given: Given): string[] {
  const faults: string[] = [];
  if (given.NATS_PASSWORD !== undefined && given.NATS_USER === undefined)
    faults.push("NATS_PASSWORD: not without NATS_USER");
  const secrets = (["NATS_PASSWORD", "NATS_TOKEN", "NATS_CREDS"] as const).filter(
    (name) => given[name] !== undefined,
  );
  if (secrets.length > 1) faults.push(`${secrets[0]}: not beside ${secrets.slice(1).join(", ")}`);
  return faults;
}
