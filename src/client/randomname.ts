/** A random name, for an instance, an entry, a log-in, a storage. `crypto.randomUUID` would want a secure context. */
export function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
