/**
 * The numbers that a bench was called with, or those that are usual. Where help is asked for, or something is no number, it is told how
 * the bench is called, and ends.
 * @param {string} help @param {number[]} usual
 */
export function numbers(help, usual) {
  const args = process.argv.slice(2);
  const said = usual.map((each, i) => Number(args[i] ?? each));
  if (args.length <= usual.length && said.every(Number.isSafeInteger)) return said;
  const asked = args.some((arg) => arg === "--help" || arg === "-h");
  process[asked ? "stdout" : "stderr"].write(`${help}\n`);
  process.exit(asked ? 0 : 2);
}
