import { isObject } from "./extras.ts";

/** A check of what a server says, by hand: a schema library is more than a page should have to load. A spec says that nothing is refused that the schemas take. */
export type Check = (value: unknown) => boolean;
/** A check for every field, so that a new field does not compile until it has one. */
export type Fields<T> = { readonly [K in keyof Required<T>]: Check };

export const text: Check = (value) => typeof value === "string";
export const flag: Check = (value) => typeof value === "boolean";
export const time: Check = (value) => typeof value === "number";
export const seq: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const ref: Check = (value) => text(value) || Number.isSafeInteger(value);
export const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const either =
  (one: Check, other: Check): Check =>
  (value) =>
    one(value) || other(value);

/** Checks of objects by their names. */
export type Checks = ReadonlyMap<unknown, Check>;
export const checksOf = (shapes: Readonly<Record<string, Fields<object>>>): Checks =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, fields(shape)]));

/** An object of which every field that is named fits; it may have others. */
export function fields<T>(checks: Fields<T>): Check {
  const all = Object.entries<Check>(checks);
  return (value) =>
    isObject(value) &&
    all.every(([name, check]) => check((value as Record<string, unknown>)[name]));
}
