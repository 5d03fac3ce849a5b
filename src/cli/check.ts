import { parseArgs } from "node:util";
import { readAbreast } from "../audit/abreast.ts";
import { Audit, type Audited } from "../audit/audit.ts";
import type { Breach, Extent } from "../audit/breach.ts";
import type { Settings } from "../config/settings.ts";
import { wishOf } from "../host/broker.ts";
import type { Entry } from "../events/entry.ts";
import { StreamRules } from "../rules/judge.ts";
import { records } from "../nats/kv/records.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import { source } from "../nats/read/sources.ts";
import { mailboxStream } from "../nats/subjects.ts";
import { ensureTopology, hasStream } from "../nats/topology.ts";
import { carryOut, UsageError, type Run } from "./command.ts";
import { EXIT, print } from "./exit.ts";
import { withBroker, type Outside } from "./outside.ts";

const HELP = `posthorn check    does the log hold what was promised?

Reads every mailbox stream from its beginning and holds the mailboxes against one another, by the rules that the
actors run: each message came to its peer, once, in its order and as it was sent, nothing else came, and each
author knows as much of the receipts as was stated. Of a group: what it has accepted is what its members asked,
each thing once and in the order in which it was asked, and everybody was told of their memberships, of what was
refused, and of the receipts, as its own mailbox has them. Writes nothing; Posthorn may be running or not.

It keeps the state of every person and group in memory: 3 KiB for somebody with 20 peers.

  --json       one JSON line: counts, and the first breaches with the ids of their messages
  -h, --help   this text

Settings are those of Posthorn (docs/operations.md).
Exit codes: 0 well, 1 failed, 2 wrong usage, 3 something was found, 4 NATS cannot be reached
`;

const OPTIONS = { json: { type: "boolean" } } as const;

interface Asked {
  readonly json: boolean;
}

/** `posthorn check`: audits the mailbox streams. Returns the exit code. */
export const check: Run = (args, env) =>
  carryOut({ help: HELP, read: readArguments, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function readArguments(args: readonly string[]): Asked {
  const { json = false } = parseArgs({ args: [...args], options: OPTIONS }).values;
  return { json };
}

function run({ json }: Asked, settings: Settings): Promise<number> {
  return withBroker(settings, "posthorn-check-cli", async (outside) => {
    const verdict = await audited(settings, outside);
    print(json ? JSON.stringify(verdict) : sentencesOf(verdict));
    return verdict.found > 0 ? EXIT.differs : EXIT.well;
  });
}

async function audited(settings: Settings, { link, scope, log }: Outside): Promise<Audited> {
  // Looked for before streams that are missing are made.
  if (!(await hasStream(link.nc, mailboxStream(0))))
    throw new UsageError("there are no mailbox streams");
  const topology = await ensureTopology(link.nc, wishOf(settings));
  const publisher = await scope.start(new Publisher(link, log));
  const sources = Array.from({ length: topology.partitions }, (_, k) =>
    source(link, topology, mailboxStream(k), "gathering", log),
  );
  // First the checkpoints, then the ends: everything that was told by then lies before them.
  const checkpoints = await Promise.all(
    sources.map((_, k) => records(k, topology, publisher, Date.now).checkpoint()),
  );
  const ends = await Promise.all(sources.map((each) => each.last()));
  const extents = sources.map(({ marks }, k): Extent => ({
    told: checkpoints[k]?.position ?? 0,
    end: ends[k] ?? 0,
    marks,
  }));
  const audit = new Audit((user) => extents[topology.partitionOf(user)] ?? NO_EXTENT);
  const rules = sources.map((each) => new StreamRules(each.rules));
  const take = (entry: Entry, k: number): void => {
    if (rules[k]?.isNewer(entry) === true)
      throw new Error(`${mailboxStream(k)}: entry ${entry.seq} is newer than this version`);
    audit.take(entry);
  };
  const stretches = sources.map((each, k) => ({ source: each, end: ends[k] ?? 0 }));
  await readAbreast(stretches, take);
  return audit.verdict();
}

const NO_EXTENT: Extent = { told: 0, end: 0, marks: [] };

const FAULTS: Record<Breach["fault"], string> = {
  lost: "never came to its peer, or behind a later one",
  phantom: "came to its peer, and lies in no mailbox of its author",
  altered: "came with other words than it was sent",
  "tick-lost": "its author was not told of a receipt",
  "tick-phantom": "its author was told of a receipt that nobody has stated",
  "tick-fell": "a receipt goes back",
  unstated: "was accepted, and the group has no fact of it",
  "fact-unasked": "is a fact of what nobody asked, or of what was refused",
  "fact-again": "is a fact of what the group has one of",
  "fact-altered": "says something else than was decided",
  "cid-again": "has a number that its author had used",
  outsider: "is a fact of somebody who was no member",
  envelope: "names another end than its own, or than the one before it",
  "claim-ahead": "has receipts of more than there was",
  "stays-on": "is followed from there on by somebody who is not in the group",
};

function sentencesOf(verdict: Audited): string {
  const { people, messages, groups, accepted, underWay, aside, breaches, found } = verdict;
  const stated =
    groups > 0 ? `; groups: ${groups}, which have accepted ${accepted} messages and changes` : "";
  const waiting = underWay > 0 ? `; ${underWay} may be under way` : "";
  const left = aside > 0 ? `; ${aside} entries cannot be read` : "";
  const lines = [
    `${messages} messages of ${people} people came to their peers as they were sent${stated}${waiting}${left}`,
    ...breaches.map(
      ({ fault, author, peer, id }) => `${id}, ${author} to ${peer}: ${FAULTS[fault]}`,
    ),
  ];
  if (found > breaches.length) lines.push(`and ${found - breaches.length} more`);
  return lines.join("\n");
}
