import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { NotNowError } from "../ports.ts";
import { fetchKeys } from "./fetchkeys.ts";

/** Keys older than this are asked for again, while they are used. */
const FRESH_MS = 10 * 60_000;
/** Keys that could not be asked for again are used for so long: a key that was withdrawn must end. */
const KEPT_MS = 60 * 60_000;

export interface KeySetOptions {
  readonly url: URL;
  /** Between two fetches, whoever asks and whatever they bring. */
  readonly cooldownMs: number;
  /** ms of a clock that is never set. */
  readonly now: () => number;
  readonly log: Logger;
}

/** A key set as it was fetched. */
interface Fetched {
  readonly key: JWTVerifyGetKey;
  /** The time at which its fetch began. */
  readonly at: number;
}

/**
 * The issuer's public keys (RFC 7517), fetched when a token needs them: one fetch at a time and one
 * in the cooldown, however many tokens come. A token whose key is not there is refused for good only
 * by a set that was fetched after the token had come; before, its key may be too new to be known.
 */
export class KeySet {
  readonly #options: KeySetOptions;
  #fetched: Fetched | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /**
   * The key that a token names, as jose asks for it.
   * @throws NotNowError while the key may be one that is not known yet.
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const cameAt = this.#options.now();
    if (this.#age() > FRESH_MS) void this.#fetch();
    if (this.#age() > KEPT_MS) await this.#fetch();
    try {
      return await this.#kept().key(header, token);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await this.#fetch();
    const newer = this.#kept();
    if (newer.at < cameAt) throw this.#notNow();
    try {
      return await newer.key(header, token);
    } catch (error) {
      throw isBroken(error) ? this.#notNow() : error;
    }
  };

  /**
   * Asks for the keys again, as often as for one that is missing: a signature that does not fit may be by a key that has the name
   * of the one before, or none. @returns whether there is another set now.
   */
  async renewed(): Promise<boolean> {
    const before = this.#fetched;
    await this.#fetch();
    return this.#fetched !== before;
  }

  #kept(): Fetched {
    if (this.#fetched === undefined || this.#age() > KEPT_MS) throw this.#notNow();
    return this.#fetched;
  }

  #age(): number {
    return this.#options.now() - (this.#fetched?.at ?? Number.NEGATIVE_INFINITY);
  }

  #notNow(): NotNowError {
    const { cooldownMs, now } = this.#options;
    return new NotNowError(Math.max(1, Math.ceil(this.#askedAt + cooldownMs - now())));
  }

  /** Fetches the keys, unless that is under way or was a moment ago. Never rejects. */
  #fetch(): Promise<void> {
    const { cooldownMs, now } = this.#options;
    if (this.#fetching === undefined && now() - this.#askedAt >= cooldownMs) {
      this.#askedAt = now();
      this.#fetching = this.#replace(this.#askedAt).finally(() => (this.#fetching = undefined));
    }
    return this.#fetching ?? Promise.resolve();
  }

  async #replace(at: number): Promise<void> {
    const { url, log } = this.#options;
    try {
      this.#fetched = { key: createLocalJWKSet(await fetchKeys(url)), at };
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, "keys of the issuer not fetched");
    }
  }
}

/** The set has several keys that fit: the verifier tries each. */
const isChoice = (error: unknown): boolean => error instanceof errors.JWKSMultipleMatchingKeys;

/** The set has a key for the token, and that key is damaged: not the token's fault. */
const isBroken = (error: unknown): boolean =>
  !(error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) &&
  !isChoice(error);

/** A newer set may have the key. */
const isMissing = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || isBroken(error);

/** `fetch` hides in `cause` why it has failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
