/**
 * The memory of a page in this browser beside its chats. Site data may be blocked, full, cut off or
 * cleared at any moment: then the page remembers it until it is closed.
 */
const fallen = new Map<string, string>();

/** The value kept under `key`, if `isValid` says that it is one; undefined: nothing, or no such value. */
export function recall<T>(key: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const text = fallen.get(key) ?? localStorage.getItem(key);
    const value: unknown = text === null ? undefined : JSON.parse(text);
    return isValid(value) ? value : undefined;
  } catch {
    // Blocked, or half a value.
    return undefined;
  }
}

/** Keeps a value; in memory alone where the browser takes none. */
export function remember(key: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    fallen.delete(key);
  } catch {
    // Blocked or full.
    fallen.set(key, text);
  }
}
