/**
 * An outcome, if it comes in time; what was begun for it goes on.
 * @throws Error with `otherwise` when it does not come within `ms`.
 */
export async function within<Outcome>(
  outcome: Promise<Outcome>,
  ms: number,
  otherwise: string,
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms);
  });
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}
