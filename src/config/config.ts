import { readFileSync } from "node:fs";
import { z } from "zod";
import { StartError } from "../start-error.ts";

const whole = (least: number) =>
  z.coerce.number("a whole number").int("a whole number").min(least, `at least ${least}`);
const count = (fallback: number, least = 1) => whole(least).default(fallback);
/** The longest that a timer can wait; a longer one would be over at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;
const ms = (fallback: number) =>
  whole(1).max(TIMER_MAX_MS, `at most ${TIMER_MAX_MS}`).default(fallback);
/** Signatures only: `none` and encryption are no choice. */
const ALGORITHM = /^((HS|RS|PS|ES)(256|384|512)|EdDSA)$/;
/** A socket must have room for a few of the longest frames, or a long message cuts its reader off. */
const QUEUE_BYTES_MIN = 256 * 1024;
const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );
const text = z.string().min(1).optional();
const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** Every setting, its default and its rule; docs/operations.md has the same as a table. */
export const Settings = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: whole(0).max(65_535, "at most 65535").default(8080),
  DATA_DIR: z.string().min(1).default(".posthorn/data"),
  NATS_URL: z.string().min(1).default("nats://127.0.0.1:4222"),
  NATS_MONITOR_URL: list,
  NATS_STORE_DIR: text,
  NATS_USER: text,
  NATS_PASSWORD: text,
  NATS_TOKEN: text,
  NATS_CREDS: text,
  PARTITIONS: count(1).pipe(z.number().max(1024)),
  REPLICAS: count(1).pipe(z.number().max(5)),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  AUTH: z.enum(["dev", "jwt"]).optional(),
  JWT_ISSUER: text,
  JWT_AUDIENCE: text,
  JWT_ALGORITHMS: list.refine(
    (names) => names.every((name) => ALGORITHM.test(name)),
    "HS256, RS256, PS256, ES256, … or EdDSA",
  ),
  JWT_TYP: z.string().default("JWT"),
  JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: "an http or https URL" }).optional(),
  JWT_JWKS_COOLDOWN_MS: ms(10_000),
  JWT_SECRET: z.string().min(32, "at least 32 characters").optional(),
  ALLOWED_ORIGINS: list,
  TRUSTED_PROXIES: list,
  WEB_DIR: text,
  SENDS_PER_SECOND: count(20),
  SENDS_BURST: count(40),
  FRAMES_PER_SECOND: count(200),
  FRAMES_BURST: count(400),
  USER_FRAMES_PER_SECOND: count(800),
  USER_FRAMES_BURST: count(1_600),
  MARKS_PER_SECOND: count(20),
  MARKS_BURST: count(200),
  WATCHES_PER_SECOND: count(20),
  WATCHES_BURST: count(2_000),
  QUESTIONS_PER_SECOND: count(20),
  QUESTIONS_BURST: count(200),
  DEVICE_HELLO_EVERY_MS: ms(10_000),
  DEVICE_HELLOS_BURST: count(20),
  USER_HELLO_EVERY_MS: ms(1_000),
  USER_HELLOS_BURST: count(60),
  DEVICES_PER_USER: count(10),
  SOCKETS_PER_DEVICE: count(10),
  CONNECTIONS_PER_ADDRESS: count(200),
  GREETING_PER_ADDRESS: count(50),
  HTTP_HEADERS_MS: ms(10_000),
  HTTP_REQUEST_MS: ms(30_000),
  HTTP_ANSWER_MS: ms(10_000),
  HTTP_IDLE_MS: ms(5_000),
  WATCHES_PER_SESSION: count(200),
  QUEUE_BYTES: count(1024 * 1024, QUEUE_BYTES_MIN),
  RESUME_ENTRIES: count(5_000),
  HELLO_MS: ms(10_000),
  HEARTBEAT_MS: ms(25_000),
  IDLE_MS: ms(60_000),
  ONLINE_MS: ms(20_000),
  ACTORS_MAX: count(20_000),
  ACTOR_IDLE_MS: ms(300_000),
});
export type Settings = z.infer<typeof Settings> & { AUTH: "dev" | "jwt" };

/** Settings that may also come from a file, named by `<NAME>_FILE`: secrets do not belong in an environment. */
const FROM_FILE = ["NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_CREDS", "JWT_SECRET"];

/**
 * Reads the settings from the environment.
 * @throws StartError that names every setting that is wrong.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Settings {
  const given: Record<string, string> = {};
  for (const name of Object.keys(Settings.shape)) {
    const value = env[name] ?? fromFile(name, env[`${name}_FILE`]);
    if (value !== undefined && value !== "") given[name] = value;
  }
  const settings = parse(given);
  const isPrivate = LOOPBACK.includes(settings.HOST) && settings.JWT_ISSUER === undefined;
  const AUTH = settings.AUTH ?? (isPrivate ? "dev" : "jwt");
  if (AUTH === "jwt") demandJwt(settings);
  return { ...settings, AUTH };
}

function parse(given: Record<string, string>): z.infer<typeof Settings> {
  const { success, data, error } = Settings.safeParse(given);
  const wrong = error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
  if (success && data.HTTP_HEADERS_MS > data.HTTP_REQUEST_MS)
    wrong.push("HTTP_HEADERS_MS: at most HTTP_REQUEST_MS");
  if (!success || wrong.length > 0) throw new StartError(`settings are wrong: ${wrong.join("; ")}`);
  return data;
}

function demandJwt(settings: z.infer<typeof Settings>): void {
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
