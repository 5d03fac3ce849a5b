import { isNested } from "../../protocol/extras.ts";

/** Are two JSON values equal? Identical parts are not looked into. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isNested(a) || !isNested(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

/** The object that was there before, if the new one says nothing else. */
export const kept = <T>(before: T | undefined, after: T): T =>
  before !== undefined && isSame(before, after) ? before : after;
