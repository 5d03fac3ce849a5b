import { reason } from "./run.mjs";

const HELP = ["--help", "-h"];

/** Says a command's help to whoever asks for it, whatever else is said, and ends it. @param {string} help What the command does and takes. */
export function sayHelp(help) {
  if (!process.argv.slice(2).some((each) => HELP.includes(each))) return;
  process.stdout.write(`${help.trimEnd()}\n`);
  process.exit(0);
}

/**
 * Reads what a command was told, before it starts or writes anything. One that was told what it does not know ends with one sentence and
 * code 2, as the commands of operators do: what stands behind it would be passed over without a word.
 * @template Options
 * @param {(args: string[]) => Options} read Throws an Error with one sentence.
 * @returns {Options}
 */
export function demandOptions(read) {
  try {
    return read(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`posthorn: ${sentence(error)} (--help tells more)\n`);
    process.exit(2);
  }
}

/**
 * Of a command without options.
 * @param {string} help What it does and takes.
 * @param {number} most So many arguments it takes.
 */
export function demandArguments(help, most = 0) {
  sayHelp(help);
  demandOptions((args) => {
    const unknown = args.find((each, i) => i >= most || each.startsWith("-"));
    if (unknown === undefined) return;
    const kind = unknown.startsWith("-") ? "option" : "argument";
    throw new Error(`there is no ${kind} ${JSON.stringify(unknown)}`);
  });
}

/** The fault alone: where Node's own words end in advice about quoting, the first of them. @param {unknown} error */
function sentence(error) {
  const { code } = /** @type {{ code?: unknown }} */ (error);
  const unknown = /^(?:Unknown option|Unexpected argument) '(.*?)'/.exec(reason(error))?.[1];
  if (unknown === undefined) return reason(error);
  const kind = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? "option" : "argument";
  return `there is no ${kind} ${JSON.stringify(unknown)}`;
}
