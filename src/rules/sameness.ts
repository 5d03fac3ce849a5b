/** A message as far as it makes a difference whether two are the same one. */
export interface Comparable {
  readonly to: string;
  readonly body: string;
  readonly data?: object | undefined;
  readonly key?: string | undefined;
}

/**
 * Do two sends say the same to the same peer? Data is compared as `JSON.stringify` writes it, the order of
 * its keys included: a repeat is made of what was kept. The numbers are not looked at.
 */
export const isSameContent = (one: Comparable, other: Comparable): boolean =>
  one.to === other.to &&
  one.body === other.body &&
  one.key === other.key &&
  textOf(one.data) === textOf(other.data);

const textOf = (data: object | undefined): string | undefined => data && JSON.stringify(data);
