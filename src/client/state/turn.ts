/** A call that may be asked for many times in a turn, and is made once, before the turn ends. */
export function onceATurn(call: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      call();
    });
  };
}
