/** Exit codes: the help of each command says which of these it has. */
export const EXIT = { well: 0, failed: 1, usage: 2, differs: 3, unreachable: 4 } as const;

/** Says what the command has found, and that all is well. */
export function print(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return EXIT.well;
}

/** Says in one sentence what is wrong. Returns the code. */
export function fail(code: number, error: unknown): number {
  process.stderr.write(`posthorn: ${sentenceOf(error)}\n`);
  return code;
}

/** One sentence: Node's own about arguments has advice behind it, in lines of its own or in the same one. */
const sentenceOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const isOfNode = "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  return isOfNode ? error.message.replace(/(\n|\. To specify )[^]*/, "") : error.message;
};
