import { expect, test } from "vitest";
import { bubble, line, pages, PHONE, presence, seesTick, write } from "../support/pages.ts";

/** `SCREENSHOT=1` writes the pictures of the README anew. */
const PICTURES = process.env["SCREENSHOT"] === "1";

const { app, names, open } = pages({ ONLINE_MS: "8000" });

test("two people talk, and each tick says how far a message has come", async () => {
  const { page: alice } = await open("alice", "carol");
  await write(alice, "Did the parcel from Ghent arrive?");
  await line(alice, "carol").getByRole("img", { name: "sent" }).waitFor();
  await alice.goto(`${app().url}/?as=alice#bob`);
  const { page: bob } = await open("bob", "alice", { ...PHONE, colorScheme: "dark" });

  await write(alice, "Good morning! The little brass horn is here.");
  await bubble(bob, "brass horn").waitFor();
  await write(bob, "Finally! Did it survive the journey?", "And does it play?");
  await bubble(alice, "does it play").waitFor();
  await write(alice, "Not a scratch. I blew it once, and the neighbours came out.", "😂");
  await seesTick(alice, "😂", "read");
  await write(bob, "I can hear it from here. Are you coming on Saturday?");
  await bubble(alice, "Saturday").waitFor();
  await write(alice, "Yes! The 8:12 from platform 4.");
  await seesTick(alice, "platform 4", "read");
  if (PICTURES) await bob.screenshot({ path: "docs/screenshot-phone.png" });

  await bob.getByRole("button", { name: "Back to the chats" }).tap();
  await line(bob, "alice").waitFor();
  await write(alice, "I have the tickets.", "And the coffee.");
  await seesTick(alice, "the coffee", "delivered");
  await seesTick(alice, "platform 4", "read");
  await line(bob, "alice").getByText("2 unread").waitFor();
  await presence(alice).getByText("online", { exact: true }).waitFor();
  if (PICTURES) await alice.screenshot({ path: "docs/screenshot.png" });
});

test("a message gets one tick, then two, then coloured ones; the badge counts exactly", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob);
  await write(a, "one", "two", "three");
  await seesTick(a, "three", "sent");

  const { page: b } = await open(bob);
  await line(b, alice).getByText("3 unread").waitFor();
  expect(await b.title()).toBe(`(3) ${bob} · Posthorn`);
  await seesTick(a, "three", "delivered");
  expect(await bubble(a, "three").getByRole("img", { name: "read" }).count()).toBe(0);

  await line(b, alice).click();
  await bubble(b, "three").waitFor();
  await b.getByText("Unread from here").waitFor();
  for (const text of ["one", "two", "three"]) await seesTick(a, text, "read");
  await expect.poll(() => b.title()).toBe(`${bob} · Posthorn`);
  expect(await b.locator(".badge").count()).toBe(0);
});

test("typing and online show in the header, and last seen when the other has gone", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob);
  const { page: b } = await open(bob, alice);
  await presence(b).getByText("online", { exact: true }).waitFor();
  await b.getByRole("textbox", { name: "Message to" }).pressSequentially("Hel");
  await presence(a).getByText("typing…").waitFor();
  await write(b, "Hello");
  await presence(a).getByText("online", { exact: true }).waitFor();
  await b.context().close();
  await presence(a)
    .getByText(/^last seen today at \d\d:\d\d$/)
    .waitFor();
});

test("a message written while the server is away waits, and goes out when it is back", async () => {
  const [alice, bob] = names();
  const { page: a, complaints } = await open(alice, bob);
  await write(a, "before");
  await seesTick(a, "before", "sent");

  await app().kill();
  await a.getByText("Waiting for connection").waitFor();
  await write(a, "while away");
  await seesTick(a, "while away", "waiting to be sent");
  await app().restart();
  await seesTick(a, "while away", "sent");
  await a.getByText("Waiting for connection").waitFor({ state: "hidden" });
  // The browser itself says so when nobody answers.
  const unreached = complaints.splice(0).filter((text) => !/ERR_CONNECTION|WebSocket/.test(text));
  expect(unreached).toEqual([]);
});

test("a reload keeps the conversation, and what still waits to be sent", async () => {
  const [alice, bob] = names();
  const { page: a, reachable } = await open(alice, bob);
  await write(a, "said");
  await seesTick(a, "said", "sent");
  await reachable(false);
  await write(a, "kept");
  await seesTick(a, "kept", "waiting to be sent");
  await a.reload();
  await seesTick(a, "said", "sent");
  await seesTick(a, "kept", "waiting to be sent");
  await reachable(true);
  await a.reload();
  await seesTick(a, "kept", "sent");
  expect(await a.locator(".bubble .body").allTextContents()).toEqual(["said", "kept"]);
});
