/**
 * Rows that a view is made of, under text keys, in key order: `<kind>/<part>/…`. Pure projections
 * work on this port alone; `store.ts` keeps it on disk. A row is JSON-like data and never changed in
 * place. The rows of one stream are apart from those of another, because a mailbox lies in one
 * stream only. The kinds of rows are those that views register (`registry.ts`).
 */
export interface Rows extends Reading {
  put<Row>(key: RowKey<Row>, row: Row): void;
  remove(key: string): void;
}

/** Rows as a question needs them. */
export interface Reading {
  get<Row>(key: RowKey<Row>): Row | undefined;
  /** The rows whose key is `prefix/<number>`, in the order of the number. */
  range<Row>(prefix: RowKey<Row>, bounds?: Bounds): Iterable<readonly [number, Row]>;
}

export interface Bounds {
  /** First number, inclusive; 0 unless told. */
  readonly from?: number;
  /** Last number, exclusive. */
  readonly to?: number;
  /** Highest number first. */
  readonly reverse?: boolean;
}

declare const lies: unique symbol;
/** The key of a row; the type says what lies there. */
export type RowKey<Row> = string & { readonly [lies]?: Row };
/** Keys of one kind of row: `text("bob", "alice", 42)` → `text/bob/alice/00000000016`. */
export type Kind<Row> = (...parts: readonly (string | number)[]) => RowKey<Row>;

export const kind =
  (name: string): Kind<never> =>
  (...parts) => {
    let key = name;
    for (const part of parts) key += `/${typeof part === "number" ? digits(part) : part}`;
    return key;
  };

/** Digits for any safe integer, so that text order is the order of the numbers. */
const DIGITS = 11;
const digits = (number: number): string => number.toString(36).padStart(DIGITS, "0");
/** A character behind every digit and letter. */
const LAST = "~";

/** The first key of a range, the first behind it, and the number a key of it ends with. */
export const lowest = (prefix: string, { from = 0 }: Bounds): string => `${prefix}/${digits(from)}`;
export const beyond = (prefix: string, { to }: Bounds): string =>
  `${prefix}/${to === undefined ? LAST : digits(to)}`;
export const lastNumberOf = (key: string): number => Number.parseInt(key.slice(-DIGITS), 36);

/** The first token of a key, which says whose view the row is of. */
export const kindOf = (key: string): string => {
  const end = key.indexOf("/");
  return end < 0 ? key : key.slice(0, end);
};

/** Bounds of every key of a kind; the end is exclusive. */
export const rowsOfKind = (name: string): { start: string; end: string } => ({
  start: name,
  end: `${name}/${LAST}`,
});
