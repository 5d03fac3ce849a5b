import { expect, test } from "vitest";
import * as code from "../../src/nats/subjects.ts";
import { PUBLISH, SUBSCRIBE } from "../support/rights.ts";

const STREAM = ["MAILBOX_0", "1a2b"];
/** The parts of a subject, where they are not a mailbox's owner. */
const OF: Readonly<Record<string, readonly unknown[]>> = {
  checkpointSubject: [0, "reached"],
  mailboxSubjects: [0, [499]],
  signalSubjects: [[499]],
  ownerSubject: [0],
  kvSubject: ["GATEWAY", "gw-1"],
  ...Object.fromEntries(
    ["streamInfo", "streamCreate", "streamUpdate", "streamPurge", "streamDelete", "directGet"]
      .concat("view", "viewAgain", "offer", "sums", "stepdown", "evacuate", "snapshot", "restore")
      .concat("next")
      .map((name) => [`${name}Subject`, STREAM]),
  ),
  readSubjects: STREAM,
  consumerSubjects: STREAM,
};

/** Every subject that the code can build, with the name of what builds it. */
const built = Object.entries(code).flatMap(([name, it]: [string, unknown]) => {
  if (!/subjects?$/i.test(name) || name.startsWith("parse")) return [];
  const made = typeof it === "function" ? (it(...(OF[name] ?? ["alice"])) as unknown) : it;
  return [made].flat().map((subject) => [name, String(subject)] as const);
});

/** Any number and any name stands for all of its kind, and so does a stream that has rights of its own elsewhere in the table. */
const shapeOf = (subject: string): string =>
  subject
    .split(" ", 1)[0]!
    .replace(/\b(MAILBOX|CHECKPOINT)_\d+\b/, "STREAM")
    .split(".")
    .map((token, i) => (i === 0 || /^(\$?[A-Z]+|again|file|sums)$/.test(token) ? token : "*"))
    .join(".");

test("[L1] every subject that the code builds has its row in the matrix of rights that a real server is held to", () => {
  const rows = new Set([...Object.keys(PUBLISH), ...Object.keys(SUBSCRIBE)].map(shapeOf));
  expect(built.length).toBeGreaterThan(40);
  expect(built.filter(([, subject]) => !rows.has(shapeOf(subject)))).toEqual([]);
});
