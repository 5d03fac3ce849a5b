import { say } from "./stay.mjs";

/** Says where two people can chat, and whether anybody can be anybody. @param {string} url @param {NodeJS.ProcessEnv} env */
export function announce(url, env) {
  say(`\nPosthorn runs at ${url} (data: ${env["DATA_DIR"]}; Ctrl-C stops it)`);
  if (env["AUTH"] !== "dev") return;
  say(`\n  Alice: ${url}/?as=alice\n  Bob:   ${url}/?as=bob\n`);
  say("DEVELOPMENT IDENTITIES ARE ON: whoever reaches this address can be anybody.");
  say("Real ones: AUTH=jwt (docs/operations.md).");
}
