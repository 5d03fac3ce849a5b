import { expect, onTestFinished, test } from "vitest";
import type { Frame } from "../support/device.ts";
import { GroupMember } from "../support/groupmember.ts";
import { PATIENCE } from "../support/patience.ts";
import { expectViewsAreAReplay, server, until } from "./support.ts";

const ROUNDS = 3;

/** The entries, of those that a member is shown who is there all the time, that somebody may see. */
function allowed(all: readonly Frame[], user: string): Frame[] {
  let isIn = false;
  return all.filter(({ event: { change } }) => {
    const wasIn = isIn;
    if (change?.do === "remove" && change.user === user) isIn = false;
    if ([...(change?.members ?? []), ...(change?.users ?? [])].includes(user)) isIn = true;
    return wasIn || isIn;
  });
}

const cidsOf = (shown: readonly Frame[], user: string): string[] =>
  shown.flatMap(({ event }) => ((event.author ?? event.by) === user ? [event.cid as string] : []));

test("[O4] [G3] [G9] killed with -9 in the middle of joins, removals and messages, Posthorn shows each device what it may see, once, in one order, and loses nothing that it has acknowledged", async () => {
  const app = await server();
  const [anna, ben, cleo] = [
    new GroupMember(app, "anna"),
    new GroupMember(app, "ben"),
    new GroupMember(app, "cleo"),
  ];
  const all = [anna, ben, cleo];
  onTestFinished(() => all.forEach((each) => each.leave()));
  anna.ask({ do: "create", name: "Storm", members: ["ben", "cleo"] });
  await until(() => all.every(({ shown }) => shown.length > 0));

  const says = (each: GroupMember, times: number): void => {
    for (let n = 0; n < times; n++) each.write(`${each.user} says`);
  };
  const stored = (): number => all.reduce((sum, each) => sum + each.stored.length, 0);
  for (let round = 0; round < ROUNDS; round++) {
    const before = stored();
    for (let i = 0; i < 4; i++) {
      for (const each of all) says(each, 5);
      anna.ask({ do: "remove", user: "cleo" });
      for (const each of all) says(each, 3);
      anna.ask({ do: "describe", about: `round ${round}, ${i}` });
      anna.ask({ do: "add", users: ["cleo"] });
    }
    // Some are acknowledged, some are under way, and most are not said yet.
    await until(() => stored() > before + 20);
    await app.kill();
    await app.restart();
  }
  await until(() => all.every(({ isCalm }) => isCalm));
  expect(all.flatMap(({ wrong }) => wrong)).toEqual([]);
  const last = anna.write("the end");
  const has = ({ shown }: GroupMember): boolean =>
    shown.some(({ event }) => event.author === "anna" && event.cid === last);
  await until(() => all.every(has));
  const open = (): string[] => {
    const known = new Set(cidsOf(anna.shown, "cleo"));
    return cleo.stored.filter((cid) => !known.has(cid) && !cleo.refused.has(cid));
  };
  await expect.poll(open, PATIENCE).toEqual([]);

  expect(all.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(ben.shown).toEqual(anna.shown);
  expect(cleo.shown).toEqual(allowed(anna.shown, "cleo"));
  expect(cleo.shown.length).toBeLessThan(anna.shown.length);
  expect(ben.refused).toEqual(new Map());
  // A member who is there all the time is never refused; what is acknowledged is there once, in the order in which it was said.
  expect(cidsOf(anna.shown, "ben")).toEqual(ben.stored);
  expect(cidsOf(anna.shown, "anna")).toEqual(anna.stored.filter((cid) => !anna.refused.has(cid)));
  expect(cidsOf(anna.shown, "cleo")).toEqual(cleo.stored.filter((cid) => !cleo.refused.has(cid)));
  expect(new Set(cleo.refused.values())).toEqual(new Set(["not_found"]));
  await expectViewsAreAReplay(app);
});
