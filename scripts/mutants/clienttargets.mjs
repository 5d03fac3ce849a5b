/** The client's files that have rules, and the specs that hold them. @type {[file: string, specs: string][]} */
const HELD = [
  ["connection/bounded", "serverwords"],
  ["connection/foreign", "serverwords"],
  ["connection/parting", "moving lostlog"],
  ["connection/signals", "typing"],
  ["connection/tokens", "tokenrequests tokens"],
  ["connection/watchdog", "watchdog"],
  ["groups/askers", "askers"],
  ["groups/catching", "catching"],
  ["groups/groupchat", "groupchat membership"],
  ["mailbox/chat", "chat groupchat membership"],
  ["mailbox/inbox", "inbox"],
  ["mailbox/logout", "logout cleared tokens"],
  ["outbox/entry", "entry"],
  ["outbox/keys", "donekeys"],
  ["outbox/pen", "pen"],
  ["outbox/turns", "turns"],
];

/** The same with their paths. @type {[file: string, specs: string[]][]} */
export const CLIENT = HELD.map(([file, specs]) => [
  `src/client/${file}.ts`,
  specs.split(" ").map((name) => `test/client/${name}.spec.ts`),
]);
