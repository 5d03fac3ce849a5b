import { StartError } from "../start-error.ts";
import { issuersOf } from "./issuers.ts";
import { grave, misspelt, type Misspelt } from "./misspelt.ts";
import { readSecret, type SecretText } from "./secrets.ts";
import { Given, type Settings } from "./settings.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** Settings that may also come from a file, named by `<NAME>_FILE`: secrets do not belong in an environment. */
const FROM_FILE = [
  "NATS_USER",
  "NATS_PASSWORD",
  "NATS_TOKEN",
  "NATS_CREDS",
  "JWT_SECRET",
  "JWT_ISSUERS",
];
/** Settings of one issuer: JWT_ISSUERS says them of each. */
const OF_ONE = [
  "JWT_ISSUER",
  "JWT_AUDIENCE",
  "JWT_AUDIENCE_CLAIM",
  "JWT_ALGORITHMS",
  "JWT_TYP",
  "JWT_USER_CLAIM",
  "JWT_JWKS_URL",
  "JWT_SECRET",
];

/**
 * Reads the settings from the environment.
 * @throws StartError that names every setting that is wrong.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Settings {
  const wrong = grave(misspeltIn(env), env);
  const sentences = wrong.map(
    ({ name, meant }) => `unknown setting ${name}, did you mean ${meant}?`,
  );
  if (sentences.length > 0) throw new StartError(sentences.join("; "));
  const secrets = gather(env);
  const given = Object.fromEntries([...secrets].map(([name, { text }]) => [name, text]));
  const settings = parse(given);
  const isNamed = settings.JWT_ISSUER !== undefined || settings.JWT_ISSUERS !== undefined;
  const isPrivate = LOOPBACK.includes(settings.HOST) && !isNamed;
  const AUTH = settings.AUTH ?? (isPrivate ? "dev" : "jwt");
  const files = filesOf(secrets);
  if (AUTH === "dev") return { ...settings, AUTH, issuers: [], files };
  const beside = settings.JWT_ISSUERS === undefined ? [] : OF_ONE.filter((name) => name in given);
  if (beside.length > 0) throw new StartError(`JWT_ISSUERS: not beside ${beside.join(", ")}`);
  return { ...settings, AUTH, issuers: issuersOf(settings, secrets.get("JWT_SECRET")), files };
}

/** The variables that look like settings and are none. Of some the start is refused; the others are worth a line in the log. */
export const misspeltIn = (env: Readonly<Record<string, string | undefined>>): Misspelt[] =>
  misspelt(env, [...Object.keys(Given.shape), ...FROM_FILE.map((name) => `${name}_FILE`)]);

const filesOf = (given: ReadonlyMap<string, SecretText>): Record<string, string> =>
  Object.fromEntries([...given].flatMap(([name, { file }]) => (file ? [[name, file]] : [])));

/** The settings that are given, each with the file that it is from. An empty value counts as absent. */
function gather(env: Readonly<Record<string, string | undefined>>): Map<string, SecretText> {
  const given = new Map<string, SecretText>();
  for (const name of Object.keys(Given.shape)) {
    const { [name]: text, [`${name}_FILE`]: file } = env;
    if (text) given.set(name, { text });
    else if (file && FROM_FILE.includes(name)) given.set(name, readSecret(`${name}_FILE`, file));
  }
  return given;
}

function parse(given: Record<string, string>): Given {
  const { success, data, error } = Given.safeParse(given);
  const wrong = success
    ? crossed(data)
    : error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (!success || wrong.length > 0) throw new StartError(`settings are wrong: ${wrong.join("; ")}`);
  return data;
}

/** Settings that are right for themselves, and not beside another. */
function crossed(settings: Given): string[] {
  const order = [
    ["HTTP_HEADERS_MS", "HTTP_REQUEST_MS"],
    ["HEARTBEAT_MS", "IDLE_MS"],
  ] as const;
  return order
    .filter(([less, more]) => settings[less] > settings[more])
    .map(([less, more]) => `${less}: at most ${more}`);
}

/** Origins a browser may connect from: the settings', or this server's own loopback addresses. */
export function originsOf(settings: Settings, port: number): Set<string> {
  if (settings.ALLOWED_ORIGINS.length > 0) return new Set(settings.ALLOWED_ORIGINS);
  return new Set(["127.0.0.1", "localhost", "[::1]"].map((host) => `http://${host}:${port}`));
}
