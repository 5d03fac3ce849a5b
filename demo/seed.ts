import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ChatClient } from "../src/client/client.ts";
import { fileStorage } from "../src/client/storage/file.ts";
import { PAIRS, PEOPLE, type Pair } from "./cast.ts";
import { device, online, until } from "./device.ts";
import { day, late, type Line } from "./dialogues.ts";

/** More than a frame may have: refused for good. */
const TOO_LONG = "All of it, at once: ".repeat(2_000);
/** Where a server that nobody runs would listen: what is sent there stays pending. */
const NOWHERE = "http://127.0.0.1:9";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Fills an empty server with a lively demo, through the public client: `seed.ts <url> <folder>`.
 * Entries of the log cannot be back-dated, so the months are played: every time shown is that of the
 * last minute, and the first text of each day names the day that it stands for.
 */
async function seed(url: string, folder: string): Promise<void> {
  await refuseUnlessReady(url);
  const devices = new Map<string, ChatClient>();
  for (const { id } of PEOPLE) devices.set(id, await online(device(url, id)));
  try {
    refuseUnlessEmpty(devices);
    say(`${PEOPLE.length} people have ${PAIRS.length} chats …`);
    await Promise.all(PAIRS.map((pair, i) => talk(devices, pair, i)));
    await Promise.all(PAIRS.map((pair) => stayUnread(devices, pair)));
    await stayUndelivered(devices);
  } finally {
    await Promise.all([...devices.values()].map((client) => client.close()));
  }
  await keepPhone(url, join(folder, "alice-phone"));
}

async function refuseUnlessReady(url: string): Promise<void> {
  const answer = await fetch(`${url}/v1/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "alice" }),
  }).catch(() => undefined);
  if (answer === undefined)
    throw new Refusal(`nothing answers at ${url}: start npm run dev or npm start first`);
  if (!answer.ok)
    throw new Refusal(`${url} gives no development identities: the demo needs AUTH=dev`);
}

function refuseUnlessEmpty(devices: ReadonlyMap<string, ChatClient>): void {
  const taken = [...devices].find(([, client]) => client.chats().items.length > 0)?.[0];
  if (taken !== undefined)
    throw new Refusal(
      `${taken} has chats already: the demo wants a server without any (DATA_DIR names another folder)`,
    );
}

const of = (devices: ReadonlyMap<string, ChatClient>, user: string): ChatClient => {
  const client = devices.get(user);
  if (client === undefined) throw new Error(`${user} is not in the cast`);
  return client;
};

/** Plays all days of a chat, turn by turn. */
async function talk(
  devices: ReadonlyMap<string, ChatClient>,
  { between, days }: Pair,
  index: number,
): Promise<void> {
  const [first, second] = between;
  const about = PEOPLE.find(({ id }) => id === second)?.of ?? "home";
  const clients = [of(devices, first), of(devices, second)] as const;
  const lines = Array.from({ length: days }, (_, n) => day(about, n, index)).flat();
  for (const { by, text } of lines) {
    const [from, to] = [clients[by], clients[1 - by]] as [ChatClient, ChatClient];
    await write(from, to, between[1 - by] as string, between[by], text);
  }
}

/** Sends a line, and returns when the other one has read it. */
async function write(
  from: ChatClient,
  to: ChatClient,
  peer: string,
  user: string,
  text: Line["text"],
): Promise<void> {
  const heard = (): number =>
    to.messages(user).items.filter(({ author }) => author === user).length;
  const before = heard();
  from.send(peer, text);
  // By their number: a message that has to go out anew gets another cid.
  await until(to, () => heard() > before);
  to.markRead(user);
}

/** The second has more to say, which the first has got but not read. */
async function stayUnread(
  devices: ReadonlyMap<string, ChatClient>,
  { between: [first, second], unread = 0 }: Pair,
): Promise<void> {
  const [to, from] = [of(devices, first), of(devices, second)];
  for (const text of late(unread)) from.send(first, text);
  const line = (): number => to.chats().items.find(({ peer }) => peer === second)?.unread ?? 0;
  await until(to, () => line() === unread);
}

/** Some turn their devices off; what is written to them then has one tick. */
async function stayUndelivered(devices: ReadonlyMap<string, ChatClient>): Promise<void> {
  const pairs = PAIRS.filter(({ undelivered = 0 }) => undelivered > 0);
  for (const { between } of pairs) await of(devices, between[1]).close();
  for (const { between, undelivered = 0 } of pairs) {
    const from = of(devices, between[0]);
    for (const text of late(undelivered)) from.send(between[1], text);
    await until(from, () =>
      from.messages(between[1]).items.every(({ status }) => status !== "pending"),
    );
  }
}

/** A message that an app wrote before there was a limit: today's client would not even show it. */
const refused = {
  cid: "older.1",
  author: "alice",
  to: "bob",
  body: TOO_LONG,
  at: Date.now(),
  writer: "older",
  name: "older-1",
  rank: 1,
  login: "",
};

/** A device that lies in a drawer: it keeps a message that was refused, and two that never left. */
async function keepPhone(url: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const storage = fileStorage(folder);
  await storage.load();
  await storage.save({ posted: [refused] });
  const phone = await online(device(url, "alice", storage));
  await until(phone, () => phone.messages("bob").items.at(-1)?.status === "failed");
  await phone.close();
  const away = device(NOWHERE, "alice", fileStorage(folder));
  away.connect();
  await until(away, () => away.messages("bob").items.some(({ status }) => status === "failed"));
  away.send("bob", "I am in the tunnel");
  away.send("grace", "No network here");
  const shown = away.chats().items.map(({ peer, unread, last }) => {
    const count = unread > 0 ? ` (${unread} unread)` : "";
    return `  ${peer.padEnd(8)} ${(last?.status ?? "").padEnd(9)} ${last?.body.slice(0, 50)}${count}`;
  });
  await away.close();
  say(`\nAlice's phone, which has no network (${folder}):\n${shown.join("\n")}`);
}

/** Why the demo cannot be made: one sentence, no stack. */
class Refusal extends Error {}

const [url = "http://127.0.0.1:8080", folder = ".posthorn/demo"] = process.argv.slice(2);
try {
  await seed(url, folder);
  say(
    `\nThe demo is ready: ${url}/?as=alice. Times are those of the last minute: the log takes no others.`,
  );
} catch (error) {
  process.stderr.write(
    `posthorn: ${error instanceof Refusal ? error.message : String((error as Error).stack)}\n`,
  );
  process.exitCode = 1;
}
