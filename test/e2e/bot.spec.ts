import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { AT_ONCE, Company, Copy, emptied } from "../support/botcompany.ts";

// The full run: BOT_KILLS=100 BOT_CHATS=200 BOT_PAUSE_MS=180000 npm test -- test/e2e/bot.spec.ts
const KILLS = Number(process.env["BOT_KILLS"] ?? 4);
const CHATS = Number(process.env["BOT_CHATS"] ?? 20);
/** Messages between two kills: more than a bot works on at once. */
const ASKED = 25;
/** Behind the last kill the bot stays away for so long: longer than the broker knows a send by its name. */
const PAUSE_MS = Number(process.env["BOT_PAUSE_MS"] ?? 0);
/** Time for everything to be answered, and for a whole run. */
const ANSWERED_MS = 120_000 + PAUSE_MS + ASKED * KILLS * 100;
const RUN_MS = ANSWERED_MS + KILLS * 20_000;

let app: App;
beforeAll(async () => {
  app = await startApp({ ...AT_ONCE });
});
afterAll(() => app.stop());

type Disk = "kept" | "emptied" | "none";

/** Kills the one that works, again and again, between the receipt of a message and its last answer. */
async function killed(
  user: string,
  disk: Disk,
  copies: number,
  place: "alone" | "in a group",
): Promise<Company> {
  const company = new Company(app, user);
  await company.join(place === "alone" ? CHATS : 3);
  if (place === "in a group") await company.gather();
  const folders = Array.from({ length: copies }, (_, i) => join(app.dir, `${user}-${i}`));
  const start = (i: number, waitMs = 0): Copy =>
    new Copy(app, user, { dir: disk === "none" ? undefined : folders[i], waitMs });
  const bots = folders.map((_, i) => start(i));
  for (let kills = 0; kills < KILLS; kills++) {
    company.ask(ASKED);
    // Somewhere among the first answers: between two of a message, or behind the last.
    const steps = 1 + Math.floor(Math.random() * 20);
    const worker = await Promise.race(
      bots.map(async (bot, i) => {
        await bot.takes(steps);
        return i;
      }),
    );
    await bots[worker]?.end("SIGKILL");
    if (disk === "emptied" && kills % 2 === 0) emptied(folders[worker] ?? "none");
    bots[worker] = start(worker, kills === KILLS - 1 ? PAUSE_MS : 0);
  }
  await expect.poll(() => company.missing, { timeout: ANSWERED_MS }).toEqual([]);
  await Promise.all(bots.map((bot) => bot.end("SIGTERM")));
  await company.leave();
  return company;
}

describe("[B1] a bot that is killed between a message and its answers", () => {
  test.each([
    ["kept", 1, "alone"],
    ["emptied", 1, "alone"],
    ["none", 2, "alone"],
    ["kept", 2, "alone"],
    ["emptied", 2, "in a group"],
  ] as const)(
    "with its disk %s, in %d copies, answers each message once, to people %s",
    async (disk, copies, place) => {
      const company = await killed(`bot-${disk}-${copies}`, disk, copies, place);
      expect(company.wrong).toEqual([]);
    },
    RUN_MS,
  );
});
