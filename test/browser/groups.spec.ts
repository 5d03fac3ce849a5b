import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { bubble, line, pages, PHONE, write } from "../support/pages.ts";

const { names, open } = pages();

const flaws = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
const overflows = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Tab stops between any two things of the page, at most. */
const STOPS_MAX = 30;
/** Reaches something by Tab alone, from wherever the focus is, and presses Enter there. */
async function enter(page: Page, it: Locator): Promise<void> {
  await it.waitFor();
  for (let stops = 0; stops < STOPS_MAX; stops++) {
    if (await it.evaluate((element) => element === document.activeElement))
      return page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
  }
  throw new Error("not to be reached by Tab");
}
const button = (page: Page, name: string | RegExp): Locator => page.getByRole("button", { name });

test("[W2] by keyboard alone a group is made, somebody named in it, read by all, and removed; axe finds nothing on the way", async () => {
  const [alice, bob] = names();
  const carol = `${alice}-c`;
  const [{ page: a }, { page: b }, { page: c }] = [
    await open(alice),
    await open(bob),
    await open(carol, "", PHONE),
  ];
  await enter(a, button(a, "New group"));
  await a.getByRole("dialog", { name: "New group" }).waitFor();
  expect(await flaws(a)).toEqual([]);
  await a.keyboard.type("Chess");
  await a.keyboard.press("Tab");
  await a.keyboard.type(`${bob} ${carol}`);
  await a.keyboard.press("Enter");
  const field = a.getByRole("textbox", { name: "Message to Chess", exact: true });
  await field.and(a.locator(":focus")).waitFor();

  await a.keyboard.type(`Who plays, @${bob.slice(0, 3)}`);
  await a.getByRole("option", { name: bob, exact: true }).waitFor();
  expect(await flaws(a)).toEqual([]);
  await a.keyboard.press("Enter");
  await a.keyboard.press("Enter");
  await bubble(a, `Who plays, @${bob}`).waitFor();
  await button(b, /Chess.*, group.*1 unread, you are named/s).click();
  await b.locator(".mention.me-too", { hasText: `@${bob}` }).waitFor();
  await b.getByRole("log", { name: "Messages in Chess" }).waitFor();
  await button(a, /^delivered ?: who has it/).waitFor();
  await line(c, "Chess").tap();
  expect(await bubble(c, "Who plays").locator(".author").innerText()).toContain(alice);
  expect(await flaws(c)).toEqual([]);
  expect(await overflows(c)).toBe(false);

  await enter(a, button(a, /^read ?: who has it/));
  await a.getByText("Delivered to 2 of 2, read by 2 of 2").waitFor();
  expect(await flaws(a)).toEqual([]);
  await a.keyboard.press("Escape");
  await button(a, /^read ?: who has it/)
    .and(a.locator(":focus"))
    .waitFor();

  await enter(a, button(a, "Chess 3 members"));
  const pane = a.getByRole("dialog", { name: "Chess" });
  await pane.waitFor();
  expect(await flaws(a)).toEqual([]);
  await enter(a, button(a, `Remove ${bob}`));
  await pane.getByRole("heading", { name: "2 members" }).waitFor();
  await b.getByRole("status").filter({ hasText: "You were removed." }).waitFor();
  expect(await b.getByRole("textbox", { name: /^Message/ }).count()).toBe(0);
  expect(await flaws(b)).toEqual([]);
});

test("[W2] a link lets somebody in, also on a phone", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice);
  await button(a, "New group").click();
  await a.getByLabel("Name", { exact: true }).fill("Go");
  await button(a, "Make the group").click();
  await button(a, "Go 1 member").click();
  await button(a, "New link").click();
  const { hash } = new URL(await a.getByRole("textbox", { name: "Link" }).inputValue());
  await a.keyboard.press("Escape");
  const { page: b } = await open(bob, hash.slice(1), PHONE);
  await b.locator(".saying", { hasText: "You came in by the link" }).waitFor();
  await write(b, "from my pocket");
  await bubble(a, "from my pocket").waitFor();
  expect(await overflows(b)).toBe(false);
  await button(b, "Go 2 members").tap();
  await b.getByRole("heading", { name: "2 members" }).waitFor();
  expect(await overflows(b)).toBe(false);

  const mayOf = (page: Page, what: string) => page.getByRole("combobox", { name: what });
  await button(a, "Go 2 members").click();
  await mayOf(a, "Send messages").selectOption("admins");
  await b.getByRole("status").filter({ hasText: "Only admins can send messages." }).waitFor();
  expect(await mayOf(b, "Send messages").inputValue()).toBe("admins");
  expect(await mayOf(b, "Send messages").isDisabled()).toBe(true);
  await button(b, "Leave the group").tap();
  await button(b, "Leave").tap();
  await a.getByRole("heading", { name: "1 member" }).waitFor();
  await b.getByRole("status").filter({ hasText: "You have left the group." }).waitFor();
});

test("[W2] the members who have a message come fifty at a time", async () => {
  const [alice] = names();
  const { page: a } = await open(alice);
  await button(a, "New group").click();
  await a.getByLabel("Name", { exact: true }).fill("Choir");
  const others = Array.from({ length: 60 }, (_, i) => `${alice}-${i}`);
  await a
    .getByRole("dialog", { name: "New group" })
    .getByRole("textbox")
    .last()
    .fill(others.join(" "));
  await button(a, "Make the group").click();
  await write(a, "Tonight at eight");
  await button(a, /^sent ?: who has it/).click();
  await a.getByText("Delivered to 0 of 60, read by 0 of 60").waitFor();
  const rows = a.getByRole("region", { name: "Not yet" }).getByRole("listitem");
  expect(await rows.count()).toBe(50);
  await button(a, "Show more").click();
  await rows.nth(59).waitFor();
  expect(await button(a, "Show more").count()).toBe(0);
});
