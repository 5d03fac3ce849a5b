import { redact } from "../nats/redact.ts";
import { readConfig, type Env } from "./config.ts";
import { settingNames } from "./meanings.ts";

/** Settings whose text is nobody's business, wherever it came from. */
const SECRET: ReadonlySet<string> = new Set([
  "NATS_PASSWORD",
  "NATS_TOKEN",
  "NATS_CREDS",
  "NATS_TLS_KEY",
  "TLS_KEY",
  "DEV_SECRET",
  "JWT_SECRET",
]);

/**
 * The settings as the program reads them: a line `NAME=value` for each, with `# default`, or the file that it came from. Secrets, and
 * passwords in a URL, are `***`; a setting without a value is left empty.
 * @throws StartError that names every setting that is wrong.
 */
export function readout(env: Env): string[] {
  const settings = readConfig(env);
  const values = new Map<string, unknown>(Object.entries(settings));
  return settingNames().map((name) => {
    const { [name]: file } = settings.files;
    const text =
      SECRET.has(name) && values.get(name) !== undefined ? "***" : textOf(values.get(name));
    const source = file === undefined ? (env[name] ? "" : "   # default") : `   # of ${file}`;
    return `${name}=${redact(text)}${source}`;
  });
}

function textOf(value: unknown): string {
  if (value instanceof Set) return [...value].join(",");
  if (Array.isArray(value)) return value.join(",");
  const text = typeof value === "string" || typeof value === "number" ? `${value}` : "";
  // The text of a certificate has many lines.
  return text.replace(/\n[^]*/, " …");
}
