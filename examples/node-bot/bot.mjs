// A bot that counts words. Start it twice: the second waits until the first has gone.
import { createBot } from "posthorn/bot";
import { fileStorage } from "posthorn/client/file";
import { WebSocket } from "ws";

/** The server, and the bot's name there. Both are settings of this program. */
const { POSTHORN = "http://127.0.0.1:8080", BOT = "counter", FOLDER } = process.env;

/** Says where it comes from, as a page of the server's own would: else the server has to admit `none` (ALLOWED_ORIGINS). */
class FromThere extends WebSocket {
  constructor(/** @type {string} */ url) {
    super(url, { origin: new URL(POSTHORN).origin });
  }
}

/** A development token (AUTH=dev). In production: from your own backend, signed for the bot's user. */
async function getToken(/** @type {{ signal: AbortSignal }} */ { signal }) {
  const response = await fetch(new URL("/v1/token", POSTHORN), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: BOT }),
    signal,
  });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return (await response.json()).token;
}

const bot = createBot({
  url: `${POSTHORN.replace(/^http/, "ws")}/v1/ws`,
  getToken,
  deviceId: "node-bot", // the same at every start, and in every copy
  webSocket: FromThere,
  ...(FOLDER !== undefined && { storage: fileStorage(FOLDER) }),
  // The same message gets the same answers, however often this is called.
  onMessage: ({ author, body }, turn) => {
    const words = body.split(/\s+/).filter(Boolean);
    turn.answer(
      `${author}, that was ${words.length === 1 ? "one word" : `${words.length} words`}.`,
    );
    const [longest] = words.toSorted((a, b) => b.length - a.length);
    if (words.length > 1 && longest)
      turn.answer("The longest has a length of its own:", { data: { longest } });
  },
  onDuty: (isOn) => console.log(isOn ? "at work" : "standing by"),
  onDead: ({ id }, error) => console.error("given up", id, String(error)),
  onError: (error, message) => console.error("failed", message?.id ?? "", String(error)),
  onConnection: ({ state, reason }) => {
    if (state !== "closed") return;
    console.error("the server does not want this bot", reason ?? "");
    process.exitCode = 1;
  },
});

bot.start();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => void bot.stop().then(() => process.exit()));
