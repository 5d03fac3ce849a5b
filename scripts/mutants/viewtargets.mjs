/** Files of the views that have rules, and the specs that hold them. @type {[file: string, specs: string][]} */
const HELD = [
  ["views/groups/ground", "groups groupstatus groupinfo ownstays"],
  ["views/groups/profile", "groups"],
  ["views/groups/sights", "groups ownstays"],
  ["views/groups/ownstays", "ownstays chatlists"],
  ["views/groups/members", "groups groupmembers groupinfo ownstays"],
  ["views/groups/history", "groups groupmembers groupinfo groupstatus ownstays"],
  ["views/groups/status", "groupstatus groupinfo"],
  ["views/groups/about", "groups groupmembers"],
  ["views/conversation", "chats history ownchats readmarks sendkeys status"],
  ["views/history", "history chats ownchats status"],
  ["views/chats", "chats ownchats registry"],
  ["views/status", "status registry"],
  ["views/track", "track status chats history"],
  ["views/sessions", "sessions registry"],
  ["views/sendkeys", "sendkeys registry"],
  ["views/readmarks", "readmarks registry"],
  ["views/lastseen", "lastseen registry"],
  ["views/deadletters", "deadletters registry"],
  ["joined", "joined"],
  ["company", "company"],
  ["companions", "company keepers"],
  ["keepers", "keepers"],
];

/** The same as paths. @type {[file: string, specs: string[]][]} */
export const VIEWS = HELD.map(([file, specs]) => [
  `src/projections/${file}.ts`,
  specs.split(" ").map((spec) => `test/projections/${spec}.spec.ts`),
]);
