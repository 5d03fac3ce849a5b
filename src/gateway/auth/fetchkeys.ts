import * as z from "zod";

/** An issuer has a handful of keys of a few KB each. */
const BYTES_MAX = 1024 * 1024;
const FETCH_MS = 5_000;
/** A token without `kid` is tried with each of them. */
const KEYS_MAX = 32;
/** Only what must be there to look a key up (RFC 7517); jose checks the one that is used. */
const Keys = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(KEYS_MAX),
});

/**
 * Fetches a JWKS: no redirect, within 5 s, at most 1 MiB of it, 1 to 32 keys. An empty set is none: no
 * issuer means to have no key.
 * @throws Error that says what is wrong with the answer.
 */
export async function fetchKeys(url: URL): Promise<z.infer<typeof Keys>> {
  const response = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.timeout(FETCH_MS),
    // A packed body may be a thousand times larger when it is unpacked.
    headers: {
      Accept: "application/jwk-set+json, application/json",
      "Accept-Encoding": "identity",
    },
  });
  try {
    if (response.status !== 200) throw new Error(`the answer is ${response.status}, not 200`);
    return check(await read(response));
  } finally {
    // A body that was read to its end, or broke off, has nothing to cancel.
    await response.body?.cancel().catch(() => undefined);
  }
}

/** Reads no more than it may, whatever length was announced. */
async function read(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > BYTES_MAX) throw new Error(`the answer has more than ${BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function check(text: string): z.infer<typeof Keys> {
  const parsed = Keys.safeParse(json(text));
  if (!parsed.success) throw new Error(`the answer is no set of 1 to ${KEYS_MAX} keys`);
  return parsed.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
