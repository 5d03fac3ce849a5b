import { readFileSync } from "node:fs";
import { StartError } from "../start-error.ts";
import { Given, type Settings } from "./settings.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** Settings that may also come from a file, named by `<NAME>_FILE`: secrets do not belong in an environment. */
const FROM_FILE = ["NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_CREDS", "JWT_SECRET"];

/**
 * Reads the settings from the environment.
 * @throws StartError that names every setting that is wrong.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Settings {
  const given: Record<string, string> = {};
  for (const name of Object.keys(Given.shape)) {
    const value = env[name] ?? fromFile(name, env[`${name}_FILE`]);
    if (value !== undefined && value !== "") given[name] = value;
  }
  const settings = parse(given);
  const isPrivate = LOOPBACK.includes(settings.HOST) && settings.JWT_ISSUER === undefined;
  const AUTH = settings.AUTH ?? (isPrivate ? "dev" : "jwt");
  if (AUTH === "jwt") demandJwt(settings);
  return { ...settings, AUTH };
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

function demandJwt(settings: Given): void {
  const missing = (["JWT_ISSUER", "JWT_AUDIENCE"] as const).filter(
    (name) => settings[name] === undefined,
  ) as string[];
  if (settings.JWT_ALGORITHMS.length === 0) missing.push("JWT_ALGORITHMS");
  if (settings.JWT_JWKS_URL === undefined && settings.JWT_SECRET === undefined)
    missing.push("JWT_JWKS_URL or JWT_SECRET");
  if (missing.length > 0) throw new StartError(`AUTH=jwt needs ${missing.join(", ")}`);
  const mixed = settings.JWT_ALGORITHMS.filter(
    (name) => name.startsWith("HS") === (settings.JWT_SECRET === undefined),
  );
  if (mixed.length > 0)
    throw new StartError(`JWT_ALGORITHMS: ${mixed.join(", ")} does not go with this kind of key`);
}

function fromFile(name: string, path: string | undefined): string | undefined {
  if (path === undefined || path === "" || !FROM_FILE.includes(name)) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new StartError(`${name}_FILE: the file cannot be read`);
  }
}

/** Origins a browser may connect from: the settings', or this server's own loopback addresses. */
export function originsOf(settings: Settings, port: number): Set<string> {
  if (settings.ALLOWED_ORIGINS.length > 0) return new Set(settings.ALLOWED_ORIGINS);
  return new Set(["127.0.0.1", "localhost", "[::1]"].map((host) => `http://${host}:${port}`));
}
