import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { bubble, line, pages, PHONE, seesTick, write } from "../support/pages.ts";

const XSS = [
  `<img src=x onerror=alert(1)>`,
  `<script>alert(1)</script><svg onload=alert(1)>`,
  `[click](javascript:alert(1)) javascript:alert(1)`,
  `data:text/html,<script>alert(1)</script>`,
  `&#x3c;b&#x3e;not bold&#x3c;/b&#x3e;`,
  `https://a.example/"onmouseover="alert(1)`,
];

const { app, names, open } = pages();

test("[W2] on a phone there is one pane, and a way back", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, "", PHONE);
  await a.getByRole("searchbox").fill(bob);
  await a.getByRole("searchbox").press("Enter");
  await write(a, "from my pocket, a text that is longer than a line of this telephone");
  await seesTick(a, "from my pocket", "sent");
  expect(await a.locator(".list").isVisible()).toBe(false);
  const overflow = () => a.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(await overflow()).toBe(false);
  await a.getByRole("button", { name: "Back to the chats" }).tap();
  await line(a, bob).waitFor();
  expect(await a.locator(".pane").isVisible()).toBe(false);
  expect(await overflow()).toBe(false);
});

test("who reads further up is not moved, is told how much is new, and jumps to it", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob);
  const { page: b } = await open(bob, alice);
  await write(a, ...Array.from({ length: 30 }, (_, i) => `line ${i}\nand more`));
  await bubble(b, "line 29").waitFor();
  await seesTick(a, "line 29", "read");

  await b.locator(".scroller").evaluate((box) => (box.scrollTop = -600));
  const jump = b.getByRole("button", { name: /^Jump to the latest/ });
  await jump.waitFor();
  const top = () => bubble(b, "line 15").evaluate((it) => it.getBoundingClientRect().top);
  const before = await top();
  await write(a, "new one", "new two");
  await b.getByRole("button", { name: "Jump to the latest, 2 unread" }).waitFor();
  expect(Math.abs((await top()) - before)).toBeLessThan(2);
  await seesTick(a, "new two", "delivered");
  await jump.click();
  await seesTick(a, "new two", "read");
  await jump.waitFor({ state: "detached" });
});

test("[W2] the keyboard alone is enough", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice);
  const find = a.getByRole("searchbox");
  for (const peer of [bob, `${bob}-too`]) {
    await find.fill(peer);
    await find.press("Enter");
    const field = a.getByRole("textbox", { name: `Message to ${peer}`, exact: true });
    await field.waitFor();
    await a.keyboard.type("Hello");
    await a.keyboard.press("Shift+Enter");
    await a.keyboard.type("over there");
    await a.keyboard.press("Enter");
    await seesTick(a, "over there", "sent");
    expect(await field.inputValue()).toBe("");
    expect(await a.locator(".bubble .body").innerText()).toBe("Hello\nover there");
  }
  await a.keyboard.press("Escape");
  const focused = (peer: string) => a.locator(`.line:focus .peer >> text="${peer}"`).waitFor();
  await focused(`${bob}-too`);
  await a.keyboard.press("ArrowDown");
  await focused(bob);
  await a.keyboard.press("Enter");
  await a.getByRole("textbox", { name: `Message to ${bob}`, exact: true }).waitFor();
});

test("[W1] whatever somebody writes is shown as text", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob);
  await write(a, ...XSS);
  const { page: b } = await open(bob, alice);
  await bubble(b, XSS.at(-1)!).waitFor();
  expect(await b.locator(".bubble .body").allTextContents()).toEqual(XSS);
  expect(await b.locator(".body img, .body script, .body svg, .body b").count()).toBe(0);
  const hrefs = await b
    .locator(".body a")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(hrefs).toEqual(["https://a.example/"]);
});

test.each(["light", "dark"] as const)(
  "[W2] the %s page has no serious flaw that axe knows of",
  async (colorScheme) => {
    const [alice, bob] = names();
    const flaws = async (page: Page) =>
      (await new AxeBuilder({ page }).analyze()).violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    const { page: a, reachable } = await open(alice, bob, { colorScheme });
    await write(a, "see https://a.example", "👍");
    const { page: b } = await open(bob, "", { colorScheme });
    await line(b, alice).waitFor();
    expect(await flaws(b)).toEqual([]);
    await line(b, alice).click();
    await b.getByText("Unread from here").waitFor();
    await seesTick(a, "👍", "read");
    await reachable(false);
    await write(a, "waiting");
    await a.getByText("Waiting for connection").waitFor();
    expect(await flaws(a)).toEqual([]);
    expect(await flaws(b)).toEqual([]);
    await b.goto(app().url);
    expect(await flaws(b)).toEqual([]);
  },
);
