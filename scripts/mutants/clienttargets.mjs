/** The client's files that have rules, and the specs that hold them. @type {[file: string, specs: string][]} */
const HELD = [
  ["connection/bounded", "serverwords"],
  ["connection/carrier", "carrier"],
  ["connection/connection", "connection steps"],
  ["connection/foreign", "serverwords"],
  ["connection/hints", "hints"],
  ["connection/parting", "moving lostlog"],
  ["connection/presences", "presences"],
  ["connection/renewal", "refreshing"],
  ["connection/signals", "typing"],
  ["connection/socket", "websocket"],
  ["connection/tokens", "tokenrequests tokens"],
  ["connection/watchdog", "watchdog"],
  ["connection/whynot", "whynot"],
  ["groups/anew", "groupanew"],
  ["groups/askers", "askers"],
  ["groups/catching", "anewloads catching"],
  ["groups/groupchat", "groupchat membership"],
  ["groups/groupsync", "groupsync groupevents"],
  ["mailbox/chat", "chat groupchat membership"],
  ["mailbox/inbox", "inbox"],
  ["mailbox/loading", "loading pages"],
  ["mailbox/logout", "logout cleared tokens"],
  ["mailbox/orphans", "orphans"],
  ["mailbox/receipts", "marks groupreceipts"],
  ["outbox/entry", "entry"],
  ["outbox/heir", "heir"],
  ["outbox/keys", "donekeys"],
  ["outbox/pen", "pen"],
  ["outbox/turns", "turns"],
];

/** The same with their paths. @type {[file: string, specs: string[]][]} */
export const CLIENT = HELD.map(([file, specs]) => [
  `src/client/${file}.ts`,
  specs.split(" ").map((name) => `test/client/${name}.spec.ts`),
]);
