// A bot as a process of its own, to be killed: it says each step on stdout.
import { WebSocket } from "ws";
import { createBot } from "../../dist/bot/bot.js";
import { fileStorage } from "../../dist/client/storage/file.js";

/** @typedef {{ url: string, wsUrl: string, user: string, dir?: string, waitMs: number }} Settings */
/** @type {Settings} */
const { url, wsUrl, user, dir, waitMs } = JSON.parse(process.argv[2] ?? "{}");
const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

async function getToken() {
  const response = await fetch(`${url}/v1/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  return (await response.json()).token;
}

/** @type {import("ws").WebSocket[]} */
const sockets = [];
class FromThePage extends WebSocket {
  constructor(/** @type {string} */ address) {
    super(address, { origin: url });
    sockets.push(this);
  }
}

const bot = createBot({
  url: wsUrl,
  getToken,
  deviceId: "answerer",
  groups: "all",
  webSocket: FromThePage,
  ...(dir !== undefined && { storage: fileStorage(dir) }),
  onMessage: async ({ body }, turn) => {
    say(`step: begins ${body}`);
    // As many answers as the text's last character says: bit by bit, or at once, so that they wait for one another.
    const restMs = Math.random() < 0.5 ? 0 : 10;
    for (let k = 1; k <= Number(body.at(-1)); k++) {
      if (restMs > 0) await new Promise((done) => setTimeout(done, Math.random() * restMs));
      turn.answer(`${body}/${k}`);
      say(`step: answers ${body}`);
    }
  },
  onError: (error) => say(`failed ${String(error)}`),
});
process.once("SIGTERM", () => void bot.stop().then(() => process.exit(0)));
setTimeout(() => bot.start(), waitMs);
