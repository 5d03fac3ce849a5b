/** The rest of a {@link ChatError}. */
export interface ChatErrorOptions extends ErrorOptions {
  readonly retryable: boolean;
  readonly message?: string;
  readonly field?: string;
}

/**
 * A failure, by a stable code: one of the server's rejection codes (docs/protocol.md) or one of the client's
 * own, `connection.lost`, `connection.closed`, `answer.late`, `storage.failed`, `limit.outbox`, `token.failed`,
 * `url.invalid`, `listener.failed`, `outcome.unknown`,
 * `outbox.forgotten`, `login.ended`. An app's `getToken` may throw one with a code of the app's.
 */
export class ChatError extends Error {
  /** Always `ChatError`. */
  override readonly name = "ChatError";
  /** Its stable code, dotted, for programs. */
  readonly code: string;
  /** The same may succeed later, unchanged. */
  readonly retryable: boolean;
  /** Dotted path of what broke the rule, where one thing did. */
  readonly field?: string;

  /** `message`: by default the code. `cause`: what it came from. */
  constructor(code: string, { retryable, message = code, field, ...cause }: ChatErrorOptions) {
    super(message, cause);
    if (field !== undefined) this.field = field;
    this.code = code;
    this.retryable = retryable;
  }
}
