/**
 * A failure, by a stable code: one of the server's rejection codes (docs/protocol.md) or one of the client's
 * own, `connection.lost`, `connection.closed`, `timeout`, `storage.failed`, `limit.outbox`.
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: string;
  /** The same may succeed later, unchanged. */
  readonly retryable: boolean;

  constructor(code: string, retryable: boolean, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
  }
}
