import { errors, type JWTVerifyGetKey } from "jose";

/** The digest of each algorithm that signs by a shared secret (RFC 7518, 3.2). */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["HS256", "SHA-256"],
  ["HS384", "SHA-384"],
  ["HS512", "SHA-512"],
]);

/**
 * Secrets shared with an issuer: several while one takes the place of another. Each is imported once, when the first token
 * of its algorithm comes, not for every token.
 */
export class SharedSecrets {
  #secrets: readonly Uint8Array<ArrayBuffer>[] = [];
  readonly #imported = new Map<string, Promise<readonly CryptoKey[]>>();

  constructor(secrets: readonly Uint8Array<ArrayBuffer>[]) {
    this.replace(secrets);
  }

  /** Tokens are verified by these from now on, and by none of those before. */
  replace(secrets: readonly Uint8Array<ArrayBuffer>[]): void {
    this.#secrets = secrets;
    this.#imported.clear();
  }

  /** The key that verifies a token, as jose asks for it; of several the verifier tries each. */
  readonly find: JWTVerifyGetKey = async ({ alg }) => {
    const [key, ...more] = await this.keys(alg);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    if (more.length > 0) throw choice([key, ...more]);
    return key;
  };

  /** The keys for an algorithm; none for one that has no secret. */
  keys(alg: string): Promise<readonly CryptoKey[]> {
    const hash = DIGESTS.get(alg);
    if (hash === undefined) return Promise.resolve([]);
    const known = this.#imported.get(alg) ?? Promise.all(this.#secrets.map(imported(hash)));
    this.#imported.set(alg, known);
    return known;
  }
}

const imported = (hash: string) => (secret: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey("raw", secret, { name: "HMAC", hash }, false, ["sign", "verify"]);

/** Several keys that fit, in the words of jose. */
const choice = (keys: readonly CryptoKey[]): errors.JWKSMultipleMatchingKeys =>
  Object.assign(new errors.JWKSMultipleMatchingKeys(), {
    async *[Symbol.asyncIterator]() {
      yield* keys;
    },
  });
