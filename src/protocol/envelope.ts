/** The envelope: what every frame has around its own fields, and the bounds of any frame. */

/** Protocol version. Additions keep it; a frame may name it as `v`. */
export const VERSION = 1;
/** A frame's bytes: the longest body in 4-byte characters, the longest data, and an envelope. */
export const FRAME_BYTES_MAX = 73 * 1024;
/** A hello's bytes: the cursors of 512 groups with what they stand on are 78 KB. */
export const HELLO_BYTES_MAX = 160 * 1024;
/** Bytes of the body of an HTTP request: the longest name in any encoding is far below it. */
export const HTTP_BYTES_MAX = 16 * 1024;
/** Levels of JSON: checked on the text, because a recursive schema would end the process. */
export const DEPTH_MAX = 32;
/** Characters of a `ref`. */
export const REF_CHARS_MAX = 64;

/** A client's own name for a frame; the answer carries the same. */
export type Ref = string | number;

/** Fields that every client frame may carry. */
export interface Said {
  readonly v?: typeof VERSION;
  readonly ref?: Ref;
}
/** Fields of a server frame that answers one of the client's. */
export interface Answering {
  readonly ref?: Ref;
}

/** Names of a client's frame that its answer repeats. */
export interface Names {
  readonly ref?: Ref;
  readonly cid?: string;
}
