import { statSync } from "node:fs";
import { StartError } from "../start-error.ts";
import { signInOf, type SignIn } from "./signin.ts";
import { grave, misspelt, type Misspelt } from "./misspelt.ts";
import { readSecret, type SecretText } from "./secrets.ts";
import { Given, IdentitySettings, type Settings } from "./settings.ts";
import { tlsFaults } from "./certificates.ts";
import { loginFaults } from "./brokerlogin.ts";

/** Variables of the environment. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Settings that may also come from a file, named by `<NAME>_FILE`: secrets do not belong in an environment. */
export const FROM_FILE: readonly string[] = [
  "NATS_USER",
  "NATS_PASSWORD",
  "NATS_TOKEN",
  "NATS_CREDS",
  "NATS_TLS_CA",
  "NATS_TLS_CERT",
  "NATS_TLS_KEY",
  "TLS_CERT",
  "TLS_KEY",
  "DEV_SECRET",
  "JWT_SECRET",
  "JWT_ISSUERS",
];
/** The setting of which an empty value is not absent: everything would run where nothing was named. */
const NEVER_EMPTY = "POSTHORN_ROLES";
/** A fault of the settings that say who may come in. */
const OF_IDENTITY = /^(unknown setting \w*)?(AUTH|JWT_)/;

/**
 * Reads the settings from the environment.
 * @throws StartError that names every setting that is wrong.
 */
export function readConfig(env: Env): Settings {
  const faults: string[] = grave(misspeltIn(env), env).map(
    ({ name, meant }) => `unknown setting ${name}, did you mean ${meant}?`,
  );
  const texts = gather(env, faults);
  const given = Object.fromEntries([...texts].map(([name, { text }]) => [name, text]));
  const { data, error } = Given.safeParse(given);
  for (const { path, message } of error?.issues ?? []) faults.push(`${path.join(".")}: ${message}`);
  if (data !== undefined) faults.push(...crossed(data));
  // Where something about identities is wrong already, what follows from it is no news.
  const signIn = faults.some((fault) => OF_IDENTITY.test(fault))
    ? undefined
    : gathering(faults, () => judge(given, texts, data?.POSTHORN_ROLES.has("gateway") ?? true));
  if (data === undefined || signIn === undefined || faults.length > 0)
    throw new StartError(`settings are wrong: ${faults.join("; ")}`);
  return { ...data, AUTH: signIn.auth, issuers: signIn.issuers, files: filesOf(texts) };
}

/** The variables that look like settings and are none. Of some the start is refused; the others are worth a line in the log. */
export const misspeltIn = (env: Env): Misspelt[] =>
  misspelt(env, [...Object.keys(Given.shape), ...FROM_FILE.map((name) => `${name}_FILE`)]);

const filesOf = (given: ReadonlyMap<string, SecretText>): Record<string, string> =>
  Object.fromEntries([...given].flatMap(([name, { file }]) => (file ? [[name, file]] : [])));

/** The settings that are given, each with the file that it is from. An empty value counts as absent. */
function gather(env: Env, faults: string[]): Map<string, SecretText> {
  const texts = new Map<string, SecretText>();
  for (const name of Object.keys(Given.shape)) {
    const { [name]: text, [`${name}_FILE`]: file } = env;
    const isOfFile = file && FROM_FILE.includes(name);
    if (text && isOfFile) faults.push(`${name}: not beside ${name}_FILE`);
    if (text || (text === "" && name === NEVER_EMPTY)) texts.set(name, { text });
    else if (isOfFile) {
      const secret = gathering(faults, () => readSecret(`${name}_FILE`, file));
      if (secret !== undefined) texts.set(name, secret);
    }
  }
  return texts;
}

/** Does something, and notes what is wrong instead of ending at it. */
function gathering<T>(faults: string[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    faults.push(error.message);
    return undefined;
  }
}

/** Only a gateway asks people who they are. undefined: a setting of it is wrong for itself. @throws StartError */
function judge(
  given: Record<string, string>,
  texts: ReadonlyMap<string, SecretText>,
  isGateway: boolean,
): SignIn | undefined {
  const { data } = IdentitySettings.safeParse(given);
  if (data === undefined) return undefined;
  if (!isGateway) return { auth: data.AUTH ?? "dev", issuers: [] };
  return signInOf({ ...data, HOST: given["HOST"] }, texts);
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Settings that are right for themselves, and not beside another, or not on this machine. */
function crossed(settings: Given): string[] {
  const order = [
    ["HTTP_HEADERS_MS", "HTTP_REQUEST_MS"],
    ["HEARTBEAT_MS", "IDLE_MS"],
  ] as const;
  const wrong = order
    .filter(([less, more]) => settings[less] > settings[more])
    .map(([less, more]) => `${less}: at most ${more}`);
  if (settings.WEB_DIR !== undefined && !isFolder(settings.WEB_DIR))
    wrong.push("WEB_DIR: no folder");
  return [...wrong, ...loginFaults(settings), ...tlsFaults(settings)];
}

/** Origins a browser may connect from: the settings', or this server's own loopback addresses. */
export function originsOf(settings: Settings, port: number): Set<string> {
  if (settings.ALLOWED_ORIGINS.length > 0) return new Set(settings.ALLOWED_ORIGINS);
  const scheme = settings.TLS_CERT === undefined ? "http" : "https";
  return new Set(["127.0.0.1", "localhost", "[::1]"].map((host) => `${scheme}://${host}:${port}`));
}
