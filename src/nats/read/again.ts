/**
 * A question of which no answer is there is put again behind this: it came to a server that has ended, stands still or is not followed any more, or was lost
 * with a connection. By itself it would be waited for for 5 s.
 */
const ANSWER_MS = 250;

/**
 * The first answer to a question that is put again while there is none: behind `firstMs`, then twice that, and so on. An answer that was lost is had
 * again soon, and one that is slow still counts.
 * @throws the error of the first question, when that fails, whatever becomes of the later ones.
 */
export async function asking<Answer>(
  ask: () => Promise<Answer>,
  firstMs = ANSWER_MS,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const later = new Promise<Answer>((answered) => {
    const next = (ms: number): void => {
      timer = setTimeout(() => {
        // The first one tells of a failure.
        ask().then(answered, () => undefined);
        next(2 * ms);
      }, ms);
    };
    next(firstMs);
  });
  return Promise.race([ask(), later]).finally(() => clearTimeout(timer));
}
