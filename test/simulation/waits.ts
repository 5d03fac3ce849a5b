/** Waits of a device. */

/** Without an answer to a hello the device tries elsewhere. */
export const HELLO_MS = 3_000;
/** Nothing was heard for so long, though a sign of life was asked for. */
export const SILENT_MS = 12_000;
export const RECEIPT_MS = 100;
/** The longest wait before it tries again: a real client's is 20 s, longer than a run is quiet. */
export const AGAIN_MS = 4_000;
/** The code of a socket that ended without a word of the server. */
export const NO_WORD = 1006;
/** The old socket is kept so long behind a move. */
export const LEAVE_MS = 2_000;
