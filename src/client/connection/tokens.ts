import type { ClientOptions, TokenRequest } from "../api.ts";
import { ChatError } from "../error.ts";

/** Time that an app has for getting a token. A person waits for it, and a next try may be luckier. */
const TOKEN_MS = 20_000;
/** So many different tokens refused in a row are no accident: somebody has to look. */
const REFUSALS_MAX = 5;
/** The session's token has ended. */
const EXPIRED = 4403;
/** The token is not of the user whose client this is. */
export const OTHER_USER = "auth.other_user";
/** The server has not accepted the token. */
const WRONG: ReadonlySet<string> = new Set(["auth.invalid_token", OTHER_USER]);
/** The characters of a bearer token (RFC 6750), and how many the server takes. An error page of a proxy has others. */
const FORM = /^[\w.~+/=-]{1,8192}$/;

/**
 * The tokens of one client. The app is asked for a new one at every connection, and anew after each
 * refusal; a token is passed on and never read.
 */
export class Tokens {
  readonly #get: ClientOptions["getToken"];
  #asking = new AbortController();
  #reason: TokenRequest["reason"] = "connect";
  #attempt = 0;
  #last: string | undefined;
  /** Different tokens that were refused in a row. */
  readonly #refused = new Set<string | undefined>();

  constructor(getToken: ClientOptions["getToken"]) {
    this.#get = getToken;
  }

  /**
   * A token of the app's. One question at a time. `early`: there is one that is still good.
   * @throws ChatError `token.failed` when there is none now; not `retryable`: the app will have none.
   */
  async ask(early = false): Promise<string> {
    this.stop();
    const reason = early && this.#reason === "connect" ? "refresh" : this.#reason;
    const asking = (this.#asking = new AbortController());
    const { signal } = asking;
    const request = { reason, attempt: this.#attempt++, signal };
    const patience = setTimeout(() => asking.abort(), TOKEN_MS);
    const givenUp = new Promise<never>((_, reject) => {
      signal.onabort = () => reject(new Error("no answer in time"));
    });
    try {
      const token: unknown = await Promise.race([(async () => this.#get(request))(), givenUp]);
      if (typeof token !== "string" || !FORM.test(token)) throw new Error("the answer is no token");
      return (this.#last = token);
    } catch (error) {
      throw failure(error);
    } finally {
      clearTimeout(patience);
    }
  }

  /** Nobody waits for the token any more. */
  stop(): void {
    this.#asking.abort();
  }

  /** The last one was accepted, or a person has asked to begin again. */
  accepted(): void {
    this.#attempt = 0;
    this.#reason = "connect";
    this.#refused.clear();
  }

  /** The session has ended because its token did. */
  expired(): void {
    this.#reason = "expired";
  }

  /** A socket has ended: was it for the token, and is there no use in another? */
  ended(code: number, reason: string): boolean {
    if (code === EXPIRED) this.expired();
    return WRONG.has(reason) && this.refused();
  }

  /** The server has not accepted the last one. Returns whether there is no use in another. */
  refused(): boolean {
    this.#reason = "refused";
    return this.#refused.add(this.#last).size >= REFUSALS_MAX;
  }
}

/** The failure of a `getToken`, whatever it has thrown; another copy of this package has an error class of its own. */
function failure(cause: unknown): ChatError {
  const { retryable, code } = Object(cause) as Partial<ChatError>;
  const isFinal = retryable === false;
  const message = `getToken: ${String(cause)}`;
  return new ChatError((isFinal && code) || "token.failed", {
    retryable: !isFinal,
    message,
    cause,
  });
}
