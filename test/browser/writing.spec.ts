import { expect, test } from "vitest";
import { bubble, pages, seesTick, write } from "../support/pages.ts";

const { names, open } = pages();

/** The order in which browsers say that a key has ended a composition. */
const ORDERS: Record<string, readonly string[]> = {
  "key first (Chromium, Firefox)": ["keydown composing", "compositionend"],
  "end first (Safari)": ["compositionend", "keydown 229"],
  "end first, and a key that says nothing": ["compositionend", "keydown"],
};

test.each(Object.entries(ORDERS))(
  "[W3] a key that ends a composition does nothing: %s",
  async (_, order) => {
    const [alice, bob] = names();
    const { page: a } = await open(alice, bob);
    const field = a.getByRole("textbox", { name: `Message to ${bob}` });
    await field.fill("にほん");
    for (const key of ["Escape", "Enter"])
      await field.evaluate(
        (area, { key, order }) => {
          area.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
          for (const step of order) {
            const [type = "", how] = step.split(" ");
            const event =
              type === "keydown"
                ? new KeyboardEvent(type, {
                    key,
                    keyCode: how === "229" ? 229 : 0,
                    isComposing: how === "composing",
                    bubbles: true,
                    cancelable: true,
                  })
                : new CompositionEvent(type, { bubbles: true });
            area.dispatchEvent(event);
          }
        },
        { key, order },
      );
    expect(await field.inputValue()).toBe("にほん");
    expect(await a.locator(".bubble").count()).toBe(0);
    // The next key is a person's again, once the one that came with the composition is over.
    await expect
      .poll(async () => {
        await field.press("Enter");
        return a.locator(".bubble").count();
      })
      .toBe(1);
    await seesTick(a, "にほん", "sent");
  },
);

test("[W3] a draft of each chat survives a reload, and is gone when it is sent", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob);
  const field = (peer: string) =>
    a.getByRole("textbox", { name: `Message to ${peer}`, exact: true });
  await field(bob).fill("to bob, later");
  await a.goto(`${a.url().split("#")[0]}#${bob}-too`);
  await a.reload();
  await field(`${bob}-too`).fill("to the other");
  await a.reload();
  expect(await field(`${bob}-too`).inputValue()).toBe("to the other");
  await field(`${bob}-too`).press("Enter");
  await bubble(a, "to the other").waitFor();
  await a.goto(`${a.url().split("#")[0]}#${bob}`);
  await a.reload();
  expect(await field(bob).inputValue()).toBe("to bob, later");
  await a.goto(`${a.url().split("#")[0]}#${bob}-too`);
  await a.reload();
  expect(await field(`${bob}-too`).inputValue()).toBe("");
});

test("marks stacked on a letter stay in their bubble, and in what tells of a group", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob);
  await write(a, "above", `z${"\u0301".repeat(200)} below`);
  await seesTick(a, "below", "sent");
  const painted = await bubble(a, "below").evaluate((it) => getComputedStyle(it).overflow);
  expect(painted).toBe("clip");
  const told = await a.evaluate(() =>
    ["saying", "about"].map((name) => {
      const it = document.body.appendChild(document.createElement("p"));
      it.className = name;
      return getComputedStyle(it).overflow;
    }),
  );
  expect(told).toEqual(["clip", "clip"]);
});
