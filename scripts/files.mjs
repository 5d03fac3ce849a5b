/** The program says the same of itself: src/host/files.ts. */
const FILES_MIN = 256;

/** Says in one sentence, instead of a stack, when too few files may be open to load the program. */
export function demandFiles() {
  const report = /** @type {NodeJS.ProcessReport & { excludeNetwork?: boolean }} */ (
    process.report
  );
  // A report looks up the names of all peers otherwise.
  report.excludeNetwork = true;
  const { userLimits } = /** @type {{ userLimits?: { open_files: { soft: unknown } } }} */ (
    report.getReport()
  );
  const files = Number(userLimits?.open_files.soft);
  if (!(files < FILES_MIN)) return;
  process.stderr.write(
    `posthorn: at least ${FILES_MIN} open files are needed, and only ${files} are allowed: raise ulimit -n\n`,
  );
  process.exit(1);
}
