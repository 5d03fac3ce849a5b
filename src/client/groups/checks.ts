import { faultOfText } from "../../protocol/body.ts";
import {
  ABOUT_CODE_POINTS_MAX,
  ASKED_USERS_MAX,
  NAME_CODE_POINTS_MAX,
  type ClientAsk,
} from "../../protocol/frames/group.ts";
import { expectNone, expectUser, faulty } from "../outbox/letter.ts";

/** The link of a group: its id and the link's secret, whatever stands before them. */
const LINK = /(g-[\w-]{22})\/([\w-]{22})$/;

/** A group's link, for people to hand on: an app puts its own address before it. */
export const linkOf = (group: string, secret: string): string => `${group}/${secret}`;

/** @throws ChatError `not_found`: it is no link */
export function readLink(link: string): { group: string; secret: string } {
  const [, group, secret] = LINK.exec(link) ?? [];
  if (group !== undefined && secret !== undefined) return { group, secret };
  throw faulty("not_found", "link");
}

/** Expects an ask that the server takes. @throws ChatError with the code that it would answer */
export function checkedAsk(ask: ClientAsk): ClientAsk {
  if (ask.do === "create") {
    expectName(ask.name);
    expectUsers(ask.members ?? [], "ask.members");
  }
  if (ask.do === "add") {
    expectNone(ask.users.length === 0 ? "frame.invalid" : undefined, "ask.users");
    expectUsers(ask.users, "ask.users");
  }
  if (ask.do === "describe") {
    if (ask.name !== undefined) expectName(ask.name);
    expectNone(faultOfText(ask.about ?? "", 0, ABOUT_CODE_POINTS_MAX), "ask.about");
  }
  if ("user" in ask) expectUser(ask.user, "ask.user");
  return ask;
}

const expectName = (name: string): void =>
  expectNone(faultOfText(name, 1, NAME_CODE_POINTS_MAX), "ask.name");

function expectUsers(users: readonly string[], field: string): void {
  expectNone(users.length > ASKED_USERS_MAX ? "frame.invalid" : undefined, field);
  for (const each of users) expectUser(each, field);
}
