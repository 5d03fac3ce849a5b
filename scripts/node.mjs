// Imported first by every command: says so when this Node is too old for the rest.
const MINIMUM = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [leastMajor = 0, leastMinor = 0] = MINIMUM;
if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  const needed = MINIMUM.join(".");
  process.stderr.write(
    `posthorn: Node ${process.versions.node} is too old: at least ${needed} is needed\n`,
  );
  process.exit(1);
}
