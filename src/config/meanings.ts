import * as z from "zod";
import { FROM_FILE, type Env } from "./config.ts";
import { ROLES, type Role } from "./roles.ts";
import { Given } from "./settings.ts";

/** The settings as operators read of them: which role uses each, and what it is. docs/operations.md has them as a table. */

/** The roles that use a setting, its meaning, and its default where that is no value. */
type Words = readonly [roles: readonly Role[], what: string, fallback?: string];

const ALL = ROLES;
const GATEWAY = ["gateway"] as const;
const ACTORS = ["actors"] as const;
const MESSAGES = ["gateway", "actors"] as const;
const ASKED = ["gateway", "projections"] as const;
const VIEWS = ["projections"] as const;

/** In the order of the table. */
const MEANINGS = {
  POSTHORN_ROLES: [ALL, "the [roles](#processes-by-role) of this process, separated by commas"],
  HOST: [GATEWAY, "address to listen on"],
  PORT: [GATEWAY, "HTTP and WebSocket; 0: any free one"],
  TLS_CERT: [
    GATEWAY,
    "PEM: its certificate with the chain. Given, `PORT` speaks HTTPS alone: for the way [from the balancer](#tls-between-processes), as a rule",
  ],
  TLS_KEY: [GATEWAY, "PEM: its key"],
  ADMIN_HOST: [ALL, "address of [metrics](#metrics) and [health](#readiness)"],
  ADMIN_PORT: [
    ALL,
    "port of [metrics](#metrics) and [health](#readiness); 0: any free one, which the log says",
  ],
  DATA_DIR: [
    ASKED,
    "views, development key, and the store of `npm start`. Not used by actors, nor by a gateway that needs no development key",
  ],
  NATS_URL: [ALL, "one or more servers. Given, `npm start` starts none"],
  NATS_MONITOR_URL: [
    MESSAGES,
    "monitoring addresses (`http://host:8222`) of *all* servers: how Posthorn knows that they sync always, asked every 15 s. Certificates of `https:` are checked by `NATS_TLS_CA`",
  ],
  NATS_STORE_DIR: [
    GATEWAY,
    "`store_dir` of a broker on this machine: watched, see [below](#when-the-store-is-removed); `npm start` sets it",
  ],
  NATS_USER: [ALL, ""],
  NATS_PASSWORD: [ALL, ""],
  NATS_TOKEN: [ALL, "instead of user and password"],
  NATS_CREDS: [ALL, "contents of a .creds file"],
  NATS_TLS_CA: [
    ALL,
    "PEM: the authorities by which the broker's certificate is checked. Given, as is `tls://` in `NATS_URL`, nothing is said to a broker without TLS",
    "those of this machine",
  ],
  NATS_TLS_CERT: [ALL, "PEM: the certificate that the process shows to a broker that wants one"],
  NATS_TLS_KEY: [ALL, "PEM: its key"],
  CLUSTER_NAME: [
    ALL,
    "the name of the cluster, the same in all its processes, and the same for ever: streams keep the name with which they were made, and a process with another one does not [start](#processes-by-role)",
  ],
  PARTITIONS: [
    ALL,
    "mailbox streams, 1 to 1024: to how many the 1,024 slots are dealt when the streams are made",
  ],
  REPLICAS: [ALL, "of each stream, 1 to 5; counts when it is made"],
  VIEW_REPLICAS: [
    VIEWS,
    "1 to 64: so many processes keep the [views](#views) of each stream; the same for all of them",
    "every one",
  ],
  LOG_LEVEL: [ALL, "`fatal`, `error`, `warn`, `info`, `debug`, `trace`, `silent`"],
  AUTH: [GATEWAY, "see [Identities](#identities)", "`dev` on loopback, else `jwt`"],
  DEV_SECRET: [
    GATEWAY,
    "at least 32 characters: signs the tokens of `AUTH=dev`, so that several gateways accept each other's",
    "`DATA_DIR/development.key`",
  ],
  JWT_ISSUER: [GATEWAY, "the only `iss` accepted; needed for `jwt`"],
  JWT_AUDIENCE: [GATEWAY, "list; a token's `aud` must have one of them; needed for `jwt`"],
  JWT_AUDIENCE_CLAIM: [
    GATEWAY,
    "the claim that says for whom a token is; `client_id` for access tokens of Cognito",
  ],
  JWT_ALGORITHMS: [
    GATEWAY,
    "the only `alg`s accepted; needed for `jwt`. `HS…` with a secret, others with JWKS",
  ],
  JWT_TYP: [
    GATEWAY,
    "list of the `typ`s accepted in a token's header; `none`: a token without one",
  ],
  JWT_USER_CLAIM: [GATEWAY, "the claim that names the user"],
  JWT_USER_ID: [
    GATEWAY,
    "`sub`: that claim is the user id; `hash`: the id is made of issuer and claim",
  ],
  JWT_JWKS_URL: [GATEWAY, "where the issuer's public keys are"],
  JWT_JWKS_COOLDOWN_MS: [GATEWAY, "between two fetches of the keys, whatever tokens come"],
  JWT_SECRET: [
    GATEWAY,
    "at least 32 characters, shared with the issuer; up to 4 lines, each a secret that is accepted",
  ],
  JWT_ISSUERS: [
    GATEWAY,
    "JSON: [several issuers](#several-issuers), instead of the settings of one",
  ],
  ALLOWED_ORIGINS: [
    GATEWAY,
    "exact origins of pages that may connect; `none` admits clients that send no `Origin` (apps, bots)",
    "loopback, own port",
  ],
  TRUSTED_PROXIES: [
    GATEWAY,
    "addresses and networks (`10.0.0.5`, `10.0.0.0/8`, `fd00::/8`) whose `X-Forwarded-For` is believed, read from the right up to the first address that is none of them",
  ],
  WEB_DIR: [
    GATEWAY,
    "folder served at `/`; a folder without `index.html` serves nothing. [Your own app](#your-own-app)",
    "the demo page",
  ],
  WEB_CSP: [
    GATEWAY,
    "the Content-Security-Policy of its files, in one line; `none`: none is said",
    "as the demo page's",
  ],
  WEB_FALLBACK: [
    GATEWAY,
    "the file in it for paths without one, as `index.html` for an app with routes of its own",
  ],
  WEB_IMMUTABLE: [
    GATEWAY,
    "list of paths below which files with a hash in their name are kept by browsers for a year",
  ],
  SENDS_PER_SECOND: [GATEWAY, "messages of one user, over all their sockets, on the long run"],
  SENDS_BURST: [GATEWAY, "… and at once"],
  FRAMES_PER_SECOND: [GATEWAY, "frames of one socket"],
  FRAMES_BURST: [GATEWAY, ""],
  USER_FRAMES_PER_SECOND: [GATEWAY, "frames of one user, over all their sockets"],
  USER_FRAMES_BURST: [GATEWAY, ""],
  MARKS_PER_SECOND: [
    GATEWAY,
    "`delivered` and `read` of one user that are stored, on the long run",
  ],
  MARKS_BURST: [GATEWAY, "… and at once"],
  WATCHES_PER_SECOND: [GATEWAY, "users that one user begins to watch, over all their sockets"],
  WATCHES_BURST: [GATEWAY, ""],
  QUESTIONS_PER_SECOND: [GATEWAY, "questions of one user to the views"],
  QUESTIONS_BURST: [GATEWAY, ""],
  GROUP_MEMBERS_MAX: [
    GATEWAY,
    "members of a group that is made from now on; with more than 1,024 it has no receipts of members",
  ],
  GROUP_SENDS_PER_SECOND: [
    GATEWAY,
    "messages that a group made from now on takes on the long run, five times as many at once",
  ],
  DEVICE_HELLO_EVERY_MS: [GATEWAY, "one session of one device in so long, on the long run"],
  DEVICE_HELLOS_BURST: [GATEWAY, "… and at once"],
  USER_HELLO_EVERY_MS: [GATEWAY, "one session of one user in so long"],
  USER_HELLOS_BURST: [GATEWAY, ""],
  DEVICES_PER_USER: [
    GATEWAY,
    "connected at a time, at one gateway; the newest beyond it is refused",
  ],
  SOCKETS_PER_DEVICE: [GATEWAY, "open at a time, at one gateway"],
  SOCKETS_PER_USER: [
    ACTORS,
    "sessions of a user, over all gateways; the newest beyond it are closed (4429) within some seconds",
  ],
  CONNECTIONS_PER_ADDRESS: [
    GATEWAY,
    "connections of one address, until their session is welcomed; 20 more are told 429, or how the server is",
  ],
  GREETING_PER_ADDRESS: [GATEWAY, "sockets of one address that have not said hello"],
  HTTP_HEADERS_MS: [
    GATEWAY,
    "for the header of a request to come (408); at most `HTTP_REQUEST_MS`",
  ],
  HTTP_REQUEST_MS: [GATEWAY, "for the whole request to come (408)"],
  HTTP_ANSWER_MS: [GATEWAY, "an answer of which nothing is read for so long is given up"],
  HTTP_IDLE_MS: [GATEWAY, "between two requests of one connection"],
  WATCHES_PER_SESSION: [GATEWAY, "users whose presence one socket follows"],
  QUEUE_BYTES: [GATEWAY, "waiting for one socket to read; beyond it is cut off (4409) and resumes"],
  RESUME_ENTRIES: [
    GATEWAY,
    "a longer gap is answered with `resync`, but in a crowd that comes back at once, which shares one reading",
  ],
  HELLO_MS: [GATEWAY, "a socket without hello is closed after this (4401)"],
  HEARTBEAT_MS: [GATEWAY, "between heartbeats; at most `IDLE_MS`"],
  IDLE_MS: [GATEWAY, "a socket without a sign of life is closed after this (4408)"],
  ONLINE_MS: [ASKED, "a user counts as online for so long after the last human action"],
  DRAIN_MS: [
    GATEWAY,
    "a gateway that is stopped asks its sessions to move to [another one](#stopping-and-replacing-a-process), spread over so long",
  ],
  UPGRADE_SETTLE_MS: [
    ACTORS,
    "when no process of an older version was heard for so long, entries that only the newer one reads may be stored: until then the way [back](#upgrade) is open. At least 10 s",
  ],
  ACTORS_MAX: [ACTORS, "actors in memory, over all partitions"],
  ACTOR_IDLE_MS: [ACTORS, "an actor unused for so long is let go"],
  PARKED_MAX: [
    ACTORS,
    "entries that wait for their actors to be loaded, over all partitions, 512 characters each: beyond it a partition that has more than its part of them reads no further until some are loaded. Each takes some 2 KiB. At least 1,024",
  ],
} satisfies Readonly<Record<keyof Given, Words>>;

/** The names of all settings, in the order of the table. */
export const settingNames = (): string[] => Object.keys(MEANINGS);

/** The settings that are given and of no use to these roles: they are judged as all others, and then ignored. */
export const ofOtherRoles = (env: Env, roles: ReadonlySet<Role>): string[] =>
  Object.entries<Words>(MEANINGS)
    .filter(
      ([name]) => Boolean(env[name]) || Boolean(FROM_FILE.includes(name) && env[`${name}_FILE`]),
    )
    .filter(([, [users]]) => !users.some((role) => roles.has(role)))
    .map(([name]) => name);

/** The table of docs/operations.md, in Markdown. A setting that may come from a file has a star. */
export const settingsTable = (): string =>
  [
    "| setting | default | of | what |",
    "|---|---|---|---|",
    ...Object.entries<Words>(MEANINGS).map(([name, [roles, what, fallback]]) => {
      const star = FROM_FILE.includes(name) ? " *" : "";
      const of = roles.length === ROLES.length ? "all" : roles.join(", ");
      return `| \`${name}\`${star} | ${fallback ?? defaultOf(name)} | ${of} | ${what} |`;
    }),
  ].join("\n");

/** The default as it would be given. */
function defaultOf(name: string): string {
  const { properties = {} } = z.toJSONSchema(Given, { io: "input", unrepresentable: "any" });
  const schema = properties[name];
  const text = typeof schema === "object" ? schema.default : undefined;
  const isGiven = typeof text === "number" || (typeof text === "string" && text !== "");
  return isGiven ? `\`${text}\`` : "none";
}
