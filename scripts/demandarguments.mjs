/**
 * Says a command's help to whoever asks for it, and ends a command that was told what it does not know: settings that stand behind it would
 * be passed over without a word.
 * @param {string} help What it does and takes.
 * @param {number} most So many arguments it takes, none of which is an option.
 */
export function demandArguments(help, most = 0) {
  const args = process.argv.slice(2);
  if (args.some((each) => each === "--help" || each === "-h")) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  const unknown = args.find((each, i) => i >= most || each.startsWith("-"));
  if (unknown === undefined) return;
  const kind = unknown.startsWith("-") ? "option" : "argument";
  process.stderr.write(
    `posthorn: there is no ${kind} ${JSON.stringify(unknown)} (--help tells more)\n`,
  );
  process.exit(2);
}
