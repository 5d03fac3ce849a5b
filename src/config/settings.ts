import * as z from "zod";
import { GROUP_SIZE_MAX, SLOTS } from "../events/limits.ts";
import { ID } from "../events/messageid.ts";
import { isNetwork } from "../gateway/http/proxies.ts";
import {
  ALGORITHM_RULE,
  areAlgorithms,
  IssuerName,
  JwksUrl,
  type IssuerSettings,
} from "./issuers.ts";
import { isMonitor, isOrigin, MONITOR_RULE, ORIGIN_RULE, serversFault } from "./whereabouts.ts";
import { RECEIPTS_MAX } from "../rules/group/marks.ts";
import { CLUSTER_NAME } from "../nats/clustername.ts";
import { RolesGiven } from "./roles.ts";
import { SECRET_CHARS_MIN, secretFault } from "./secrets.ts";
import {
  areCertificates,
  CERTIFICATES_RULE,
  isPrivateKey,
  PRIVATE_KEY_RULE,
} from "./certificates.ts";

/** The longest wait that a timer of Node can keep: a longer one fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** A socket must have room for a few of the longest frames, or a long message cuts its reader off. */
const QUEUE_BYTES_MIN = 256 * 1024;
/** Five words of a process without actors (src/roles/bystander.ts): so many in a row are not lost. */
const SETTLE_MS_MIN = 10_000;

/** Digits alone: Number makes 0 of a blank, as which PORT takes any port, and 16 of 0x10. */
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\s*-?\d+\s*$/, "a whole number")
    .transform(Number)
    .pipe(z.number().min(least, `at least ${least}`).max(most, `at most ${most}`));
const upTo = (most: number, least = 1) => whole(least, most);
const count = (fallback: number, least = 1) => whole(least).prefault(`${fallback}`);
const ms = (fallback: number, least = 1) => upTo(TIMER_MS_MAX, least).prefault(`${fallback}`);
/** A blank is a slip of the pen, or a template with nothing in it. */
const words = z.string().regex(/\S/, "blank");
const text = words.optional();
const items = (all: string): string[] =>
  all
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
const secret = z.string().superRefine((lines, { addIssue }) => {
  const fault = secretFault(lines);
  if (fault !== undefined) addIssue(fault);
});
const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const NAME_RULE = "1 to 64 letters of ASCII, digits, _ and -";
const certificates = z.string().refine(areCertificates, CERTIFICATES_RULE).optional();
const privateKey = z.string().refine(isPrivateKey, PRIVATE_KEY_RULE).optional();
const servers = z.string().superRefine((urls, { addIssue }) => {
  const fault = serversFault(urls);
  if (fault !== undefined) addIssue(fault);
});
const list = z.string().default("").transform(items);

/** The parts that a process runs, where it listens, keeps its data, and finds the broker. */
const PLACES = {
  POSTHORN_ROLES: RolesGiven,
  HOST: words.default("127.0.0.1"),
  PORT: upTo(65_535, 0).prefault("8080"),
  TLS_CERT: certificates,
  TLS_KEY: privateKey,
  // For whoever runs the server: none unless it is wished for, and then for this machine.
  ADMIN_HOST: words.default("127.0.0.1"),
  ADMIN_PORT: upTo(65_535, 0).optional(),
  DATA_DIR: words.default(".posthorn/data"),
  WEB_DIR: text,
  WEB_CSP: z
    .string()
    .regex(/^[\x20-\x7e]+$/, "a Content-Security-Policy in one line of ASCII, or none")
    .optional(),
  WEB_FALLBACK: z
    .string()
    .regex(/^[\w-][\w.-]*$/, "the name of a file in WEB_DIR")
    .optional(),
  WEB_IMMUTABLE: z
    .string()
    .default("/assets/")
    .transform(items)
    .refine((paths) => paths.every((path) => /^\/(.*\/)?$/.test(path)), "paths, as in /assets/"),
  NATS_URL: servers.default("nats://127.0.0.1:4222"),
  NATS_MONITOR_URL: list.refine((urls) => urls.every(isMonitor), MONITOR_RULE),
  NATS_STORE_DIR: text,
  NATS_USER: text,
  NATS_PASSWORD: text,
  NATS_TOKEN: text,
  NATS_CREDS: text,
  NATS_TLS_CA: certificates,
  NATS_TLS_CERT: certificates,
  NATS_TLS_KEY: privateKey,
  CLUSTER_NAME: z.string().regex(ID, NAME_RULE).default(CLUSTER_NAME),
  // One stream is the cheapest until one machine is not enough (docs/adr/0007).
  PARTITIONS: upTo(SLOTS).prefault("1"),
  REPLICAS: upTo(5).prefault("1"),
  // Each process with projections keeps all streams unless told.
  VIEW_REPLICAS: upTo(64).optional(),
  LOG_LEVEL: z.enum(LEVELS, LEVELS.join(", ")).default("info"),
};

/** Identities: the ones who may come in. */
const IDENTITIES = {
  AUTH: z.enum(["dev", "jwt"], "dev or jwt").optional(),
  // Gateways that have the same one accept each other's development tokens.
  DEV_SECRET: z
    .string()
    .min(SECRET_CHARS_MIN, `at least ${SECRET_CHARS_MIN} characters`)
    .optional(),
  JWT_ISSUER: IssuerName.optional(),
  JWT_AUDIENCE: list,
  JWT_AUDIENCE_CLAIM: words.default("aud"),
  JWT_ALGORITHMS: list.refine(areAlgorithms, ALGORITHM_RULE),
  JWT_TYP: words.default("JWT").transform(items),
  JWT_USER_CLAIM: words.default("sub"),
  JWT_USER_ID: z.enum(["sub", "hash"], "sub or hash").default("sub"),
  JWT_JWKS_URL: JwksUrl.optional(),
  // A new key is waited for so long at most; an issuer is asked no more often, whoever knocks.
  JWT_JWKS_COOLDOWN_MS: ms(10_000),
  JWT_SECRET: secret.optional(),
  // Several issuers as JSON, or one; instead of the settings of one (issuers.ts).
  JWT_ISSUERS: text,
  ALLOWED_ORIGINS: list.refine((origins) => origins.every(isOrigin), ORIGIN_RULE),
  TRUSTED_PROXIES: list.refine(
    (networks) => networks.every(isNetwork),
    "addresses and networks, as in 10.0.0.5, 10.0.0.0/8 or fd00::/8",
  ),
};

/** The cost that an address and a connection may have before a session is welcomed (docs/adr/0014). */
const DOOR = {
  // An office behind one address that opens its laptops at nine.
  CONNECTIONS_PER_ADDRESS: count(200),
  GREETING_PER_ADDRESS: count(50),
  // A header is one packet, a body 16 KiB: slow lines need a second or two.
  HTTP_HEADERS_MS: ms(10_000),
  HTTP_REQUEST_MS: ms(30_000),
  // A line that takes nothing for so long is dead.
  HTTP_ANSWER_MS: ms(10_000),
  // The page and its assets come in less.
  HTTP_IDLE_MS: ms(5_000),
  HELLO_MS: ms(10_000),
};

/** The rights of a user, a device and a socket in a session. */
const SESSIONS = {
  // Faster than anybody types; a burst is an outbox after a tunnel.
  SENDS_PER_SECOND: count(20),
  SENDS_BURST: count(40),
  FRAMES_PER_SECOND: count(200),
  FRAMES_BURST: count(400),
  // Four busy sockets: ten of them must not take the whole server.
  USER_FRAMES_PER_SECOND: count(800),
  USER_FRAMES_BURST: count(1_600),
  // Receipts of all chats that a device has opened at once.
  MARKS_PER_SECOND: count(20),
  MARKS_BURST: count(200),
  WATCHES_PER_SECOND: count(20),
  WATCHES_BURST: count(2_000),
  QUESTIONS_PER_SECOND: count(20),
  QUESTIONS_BURST: count(200),
  // With more a group has no receipts of its members (docs/adr/0063).
  GROUP_MEMBERS_MAX: upTo(GROUP_SIZE_MAX).prefault(`${RECEIPTS_MAX}`),
  // Of all members together; four times as fast as anybody reads.
  GROUP_SENDS_PER_SECOND: count(100),
  // A flapping device writes two entries per hello, for ever.
  DEVICE_HELLO_EVERY_MS: ms(10_000),
  DEVICE_HELLOS_BURST: count(20),
  USER_HELLO_EVERY_MS: ms(1_000),
  USER_HELLOS_BURST: count(60),
  DEVICES_PER_USER: count(10),
  SOCKETS_PER_DEVICE: count(10),
  // Over all gateways; the actors close the newest beyond it.
  SOCKETS_PER_USER: count(100),
  WATCHES_PER_SESSION: count(200),
  // The cost that a socket which does not read may have.
  QUEUE_BYTES: count(1024 * 1024, QUEUE_BYTES_MIN),
  // A longer gap is cheaper from the views than from the log.
  RESUME_ENTRIES: count(5_000),
  // Proxies close what is silent for 30 s.
  HEARTBEAT_MS: ms(25_000),
  IDLE_MS: ms(60_000),
  ONLINE_MS: ms(20_000),
  // Ten thousand devices that move at once would be felt where they go.
  DRAIN_MS: ms(10_000),
};

/** The actors in memory. */
const ACTORS = {
  // Long enough for a process to be started again on the older version.
  UPGRADE_SETTLE_MS: ms(60_000, SETTLE_MS_MIN),
  ACTORS_MAX: count(20_000),
  ACTOR_IDLE_MS: ms(300_000),
  // More than there are actors, or a message to one at hand is read behind all that are being loaded (docs/adr/0050).
  PARKED_MAX: count(32_768, 1_024),
};

/** Every setting as it is given, its default and its rule; docs/operations.md has the same as a table. */
export const Given = z.object({ ...PLACES, ...IDENTITIES, ...DOOR, ...SESSIONS, ...ACTORS });
export type Given = z.infer<typeof Given>;
/** The settings that say who may come in, alone: what is wrong about them is told beside other faults. */
export const IdentitySettings = z.object(IDENTITIES);

/** The settings of a program that runs: how people identify themselves is decided (config.ts). */
export type Settings = Given & {
  AUTH: "dev" | "jwt";
  /** The issuers whose tokens are accepted; none with `dev`. */
  issuers: readonly IssuerSettings[];
  /** The files that settings came from, by the name of the setting: their text may change while the program runs. */
  files: Readonly<Record<string, string>>;
};
