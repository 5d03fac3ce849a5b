/** So long after a composition has ended the key that ended it may still come, ms. */
const ENDED_MS = 50;
/** The key code of a key that an input method has taken (UI Events, section 5.2.3). */
const TAKEN = 229;

let endedAt = Number.NEGATIVE_INFINITY;
addEventListener("compositionend", ({ timeStamp }) => (endedAt = timeStamp), true);

/**
 * Does a key belong to an input method, as while Japanese, Chinese or Korean is written? Some browsers
 * send the key before the end of the composition, some behind it, some without saying so.
 */
export const isComposing = (event: KeyboardEvent): boolean =>
  event.isComposing || event.keyCode === TAKEN || event.timeStamp - endedAt < ENDED_MS;
