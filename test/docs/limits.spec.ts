import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TOP = join(import.meta.dirname, "../..");
const page = readFileSync(join(TOP, "docs/operations.md"), "utf8");
const section = page.slice(page.indexOf("\n## Limits without a setting\n"));

/** The numbers of each row, in order: the unit in which the page says them, the file, and the name of the constant. */
const HELD: Record<string, readonly string[]> = {
  "a frame; a `hello`": [
    "KiB protocol/envelope FRAME_BYTES_MAX",
    "KiB protocol/envelope HELLO_BYTES_MAX",
  ],
  "nesting of a frame": ["protocol/envelope DEPTH_MAX"],
  "a message's text": ["protocol/frames/send CODE_POINTS_MAX"],
  "a message's `data`; its `key`": [
    "protocol/extras DATA_BYTES_MAX",
    "protocol/extras KEY_BYTES_MAX",
  ],
  "a token": ["protocol/frames/hello TOKEN_CHARS_MAX"],
  "bad frames in a row": ["gateway/session/blame STRIKES_MAX"],
  "sends of one socket that wait to be stored": ["config/limits PENDING_SENDS_MAX"],
  "unanswered numbers of one client instance on one socket, from the lowest": [
    "rules/sends WINDOW",
  ],
  "questions of one user under way; waiting": [
    "gateway/session/questions UNDER_WAY_PER_USER",
    "gateway/session/questions WAITING_PER_USER",
  ],
  "questions of all users under way at a gateway": ["gateway/session/questions ASKED_MAX"],
  "last activities that a gateway reads at once": ["gateway/lookups UNDER_WAY_MAX"],
  "subscriptions to the presence of users whom nobody watches any more": [
    "gateway/presence IDLE_MAX",
    "s gateway/presence LINGER_MS",
  ],
  "receipts that a gateway remembers, so that a repeated one is not stored": [
    "gateway/session/marks MARKS_MAX",
    "s gateway/session/marks GOOD_MS",
  ],
  typing: ["config/limits TYPING_PER_SECOND", "gateway/session/commands TYPING_BURST"],
  "new tokens of one session (`refresh`)": [
    "s gateway/session/refreshing REFRESH_EVERY_MS",
    "gateway/session/refreshing REFRESHES_BURST",
  ],
  "users in one `watch`": ["protocol/frames/presence USERS_MAX"],
  "a page of `chats`, of `history`": [
    "protocol/frames/chats CHATS_MAX",
    "protocol/frames/history HISTORY_MAX",
    "KiB projections/views/history PAGE_BYTES_MAX",
  ],
  "questions to the views under way: of one user, about one stream": [
    "projections/desk PER_OWNER_MAX",
    "projections/desk UNDER_WAY_MAX",
  ],
  "groups that a user is in": ["events/limits GROUPS_MAX"],
  "words of groups to one stream under way, of one process": ["nats/publish/queues BULK_MAX"],
  "asks to groups of one user, a minute": ["config/limits CHANGES_PER_MINUTE"],
  "users in one ask to a group; in the mentions of a message": [
    "events/limits ASKED_USERS_MAX",
    "protocol/frames/group MENTIONS_MAX",
  ],
  "code points of a group's name; of its description": [
    "protocol/frames/group NAME_CODE_POINTS_MAX",
    "protocol/frames/group ABOUT_CODE_POINTS_MAX",
  ],
  "cursors in one `hello`": ["protocol/frames/hello CURSORS_MAX"],
  "a page of `members`, of `info`": ["protocol/frames/groupviews MEMBERS_MAX"],
  "events of one group, of all groups, that a device gets when it comes back": [
    "gateway/groups/portions ENTRIES_MAX",
    "gateway/groups/portions ENTRIES_OF_ALL_MAX",
  ],
  "facts of one group in a gateway's memory, of all groups": [
    "gateway/groups/ring FACTS_MAX",
    "MiB gateway/groups/ring BYTES_MAX",
  ],
  "stays of one user in one group": ["events/limits STAYS_MAX"],
  "people whose ends of stays in one group a gateway knows; ends of each": [
    "gateway/groups/endchain USERS_MAX",
    "gateway/groups/endchain ENDS_MAX",
  ],
  "gathered receipts that an `info` looks at": ["projections/views/groups/status TICKS_MAX"],
  "client instances remembered per user": ["rules/sends INSTANCES_MAX"],
  "publishes to one stream under way, waiting; characters of the waiting": [
    "nats/publish/channel WINDOW",
    "nats/publish/queues WAITING_MAX",
    "nats/publish/queues WAITING_CHARS_MAX",
  ],
  "a stream that stores nothing while the broker answers": ["s nats/publish/breaker AWAY_MS"],
  "copies of one partition to another stream under way; characters of them": [
    "actors/way UNDER_WAY_MAX",
    "MiB actors/way UNDER_WAY_CHARS_MAX",
  ],
  "copies owed by one partition to another stream": ["actors/outgoing OWED_MAX"],
  "entries of one partition whose copies to their own stream are under way": [
    "actors/passage COPIES_MAX",
  ],
  "reads of one stream under way": ["nats/read/gets READS"],
  "with `SYNC=always`: entries in one batch; their bytes": [
    "nats/publish/gathering BATCH_MAX",
    "KiB nats/publish/gathering BATCH_BYTES_MAX",
  ],
  "a publish the broker does not acknowledge": [
    "s nats/publish/ackwait ACK_WAIT_MS",
    "s nats/publish/queues GIVE_UP_MS",
  ],
  "the views' file of a stream": ["GiB projections/store/store BYTES_MAX"],
  "copies of such files that a process makes for others at a time; kept behind the last question": [
    "projections/handouts HANDOUTS_MAX",
    "s projections/handouts IDLE_MS",
  ],
  "issuers; secrets of one": ["config/issuers ISSUERS_MAX", "config/secrets SECRETS_MAX"],
  "a JWKS: bytes, time, keys": [
    "MiB gateway/auth/fetchkeys BYTES_MAX",
    "s gateway/auth/fetchkeys FETCH_MS",
    "gateway/auth/fetchkeys KEYS_MAX",
  ],
  "clocks of an issuer and of this server apart": ["gateway/auth/jwt LEEWAY_S"],
  "refused tokens in the log": ["gateway/auth/jwt LINES_PER_SECOND"],
  "a file with a secret": ["KiB config/secrets BYTES_MAX"],
  "HTTP: request body": ["KiB protocol/envelope HTTP_BYTES_MAX"],
  "HTTP: target, names and values of the header; its lines": [
    "KiB gateway/http/http HEADER_BYTES_MAX",
    "gateway/http/unfit HEADERS_MAX",
  ],
  "HTTP: requests waiting behind the one that is answered, of one connection": [
    "gateway/http/connections PIPELINED_MAX",
  ],
};

const UNITS: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, s: 1_000 };

/** A constant as the page says it: `73 KiB`, `16,384`. */
function said(held: string): string {
  const [name = "", file = "", unit = ""] = held.split(" ").toReversed();
  const text = readFileSync(join(TOP, "src", `${file}.ts`), "utf8");
  const [, value = ""] =
    new RegExp(`^(?:export )?const ${name} = ([\\d_ *]+);`, "m").exec(text) ?? [];
  const factors = value.replaceAll("_", "").split(/ \* /);
  const powers = factors.map((factor) => factor.split(" ** ").map(Number));
  const number = powers.reduce((all, [base = Number.NaN, power = 1]) => all * base ** power, 1);
  return `${(number / (UNITS[unit] ?? 1)).toLocaleString("en")} ${unit}`.trim();
}

/** `| what | limit | beyond it |` → the numbers of the limit, by what it is of. */
const rows = new Map(
  [...section.matchAll(/^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)]
    .filter(([, what = ""]) => what !== "what" && !what.startsWith("-"))
    .map(([, what = "", limit = ""]) => [
      what,
      limit.match(/\d+(?:,\d{3})*(?: (?:KiB|MiB|GiB|s\b))?/g) as readonly string[] | null,
    ]),
);

test("the table of limits without a setting has those of the code, and no other", () => {
  expect([...rows.keys()].toSorted()).toEqual(Object.keys(HELD).toSorted());
});

test.each(Object.entries(HELD))("the page says the limit of the code for %s", (what, held) => {
  expect(rows.get(what)).toEqual(held.map(said));
});
