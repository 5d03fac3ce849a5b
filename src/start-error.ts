/** Posthorn cannot start; the message is the one sentence the operator needs. */
export class StartError extends Error {
  override readonly name = "StartError";
}
