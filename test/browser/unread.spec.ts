import { once } from "node:events";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { bubble, line, pages, seesTick } from "../support/pages.ts";

const { app, names, open } = pages({
  SENDS_PER_SECOND: "2000",
  SENDS_BURST: "2000",
  FRAMES_PER_SECOND: "2000",
  FRAMES_BURST: "2000",
});

/** More than a page shows at once, and than a client keeps. */
const WAITING = 450;

/** Sends numbered lines over one socket, without waiting for each answer. */
async function fill(from: string, to: string, count: number): Promise<void> {
  const token = await app().token(from);
  const socket = new WebSocket(app().wsUrl, { origin: app().url });
  await once(socket, "open");
  const say = (frame: object): void => socket.send(JSON.stringify(frame));
  let next = 0;
  const done = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      const { t } = JSON.parse((data as Buffer).toString()) as { t: string };
      if (t !== "caughtUp" && t !== "sent") return;
      if (next === count) return resolve();
      say({ t: "send", cid: `filler.${++next}`, to, body: `line ${next}.` });
    });
  });
  say({ t: "hello", token, deviceId: "filler" });
  await done;
  socket.close();
}

const unread = async (page: Page, peer: string): Promise<number> =>
  Number((await line(page, peer).locator(".badge").allInnerTexts())[0]?.match(/\d+/)?.[0] ?? 0);

test("[W4] a chat with many unread opens at the first, and what was on the screen alone is read", async () => {
  const [alice, bob] = names();
  await fill(alice, bob, WAITING);
  const { page: b } = await open(bob);
  await line(b, alice).getByText(`${WAITING} unread`).waitFor();
  await line(b, alice).click();

  await b.getByText("Unread from here").waitFor();
  const inView = (text: string) =>
    bubble(b, text).evaluate((it) => {
      const box = it.closest(".scroller")!.getBoundingClientRect();
      const { top, bottom } = it.getBoundingClientRect();
      return top >= box.top - 1 && bottom <= box.bottom + 1;
    });
  await expect.poll(() => inView("line 1.")).toBe(true);
  // The first screen has been looked at, and no more.
  await expect.poll(() => unread(b, alice)).toBeLessThan(WAITING);
  expect(await unread(b, alice)).toBeGreaterThan(WAITING - 40);

  // Reading on brings the next ones, in order, down to the newest.
  const scroller = b.locator(".scroller");
  await scroller.evaluate((box) => box.scrollBy({ top: box.clientHeight }));
  await expect.poll(() => unread(b, alice)).toBeLessThan(WAITING - 20);
  await expect.poll(() => inView("line 1.")).toBe(false);
  await b.getByRole("button", { name: /^Jump to the latest/ }).click();
  await expect.poll(() => inView(`line ${WAITING}.`)).toBe(true);
  await expect.poll(() => unread(b, alice)).toBe(0);
  const { page: a } = await open(alice, bob);
  await seesTick(a, `line ${WAITING}.`, "read");
});
