import { setTimeout as pause } from "node:timers/promises";
import { copySubject, factSubject } from "../../dist/nats/subjects.js";

/** The owner of the huge mailbox, and how many people write to it. */
const BOT = "bot";
const PEERS = 5_000;
/** Entries under way to the broker. */
const WINDOW = 4_000;
const BODY = "The quick brown fox jumps over the lazy dog. ".padEnd(100, ".");

/**
 * Fills the mailbox of a bot with messages of its 5,000 peers, as their actors would copy them there.
 * @param {import("../../dist/nats/connection.js").Link} link
 * @param {number} entries
 */
export async function fill(link, entries) {
  let [said, stored] = [0, 0];
  const inbox = link.inbox();
  const answers = link.nc.subscribe(inbox, { callback: () => void stored++ });
  const subject = copySubject(BOT);
  for (; said < entries; said++) {
    const [author, cause] = [`peer-${said % PEERS}`, said + 1];
    const copy = { type: "MessageSent", author, to: BOT, cid: `phone.${cause}`, body: BODY };
    const text = JSON.stringify({ ...copy, cause, position: cause, sentAt: Date.now() });
    link.nc.publish(subject, text, { reply: inbox });
    while (said - stored > WINDOW) await pause(1);
  }
  while (stored < said) await pause(5);
  answers.unsubscribe();
}

/** A fact of the bot's, for which its actor has to be there. @param {number} n */
export const stir = (n) => ({
  subject: factSubject(BOT),
  text: JSON.stringify({
    type: "MessageRead",
    author: BOT,
    peer: `peer-${n}`,
    upTo: 1,
    device: "d",
  }),
});
