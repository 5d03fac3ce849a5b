import type { Settings } from "../config/settings.ts";
import type { Administered } from "../nats/bundle/administered.ts";
import { assertOfCluster } from "../nats/clustername.ts";
import { ExchangeError } from "../nats/bundle/exchange.ts";
import { finishSplit } from "../nats/split/course.ts";
import { assertFit } from "../nats/split/fitness.ts";
import type { Next, SplitStep } from "../nats/split/nextstep.ts";
import { streamsAt } from "../nats/split/observation.ts";
import { holdSplit } from "../nats/split/onesplit.ts";
import type { Running } from "../nats/split/running.ts";
import { announce, mailboxesIn, splitAt, turnBack } from "../nats/split/splitting.ts";
import { assertStill } from "../nats/split/stillness.ts";
import { mailboxStream } from "../nats/subjects.ts";
import { asAdmin } from "./asadmin.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { print } from "./exit.ts";
import { Stages } from "./stages.ts";

const HELP = `posthorn partitions split --into N
posthorn partitions split --back

Deals the slots to more mailbox streams, a multiple of those that there are, while the brokers run and every
process of Posthorn is stopped. Entries keep their seqs, times and ids: devices go on where they were, nothing
is told again. Views are built anew at the next start. Make a backup before.

The command refuses while a gateway is alive, a host beats or anybody reads a mailbox stream; it listens for that,
some seconds. From its first step to its last Posthorn does not start. Where it is cut off, run it again: it goes
on where it was.

  --into N     the number of mailbox streams behind it
  --back       a split that was cut off goes back to what was, up to the moment when its old streams are purged
  -h, --help   this text

Settings are those of Posthorn, with a user who has the rights of \`admin\` in docker/nats.conf.
Exit codes: 0 well, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = { into: { type: "string" }, back: { type: "boolean" } } as const;

/** The number of streams to deal the slots to; undefined: a split is taken back. */
interface Asked {
  readonly into: number | undefined;
}

/** `posthorn partitions`: deals the slots to more mailbox streams. Returns the exit code. */
export const partitions: Run = (args, env) => carryOut({ help: HELP, read, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function read(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const { into, back = false } = values;
  if (positionals.join(" ") !== "split") throw new Error("it is split (--help tells more)");
  if ((into === undefined) !== back) throw new Error("it is either --into N or --back");
  if (into === undefined) return { into: undefined };
  if (!/^[1-9]\d{0,3}$/.test(into))
    throw new Error(`--into: ${JSON.stringify(into)} is no number of streams`);
  return { into: Number(into) };
}

function run({ into }: Asked, settings: Settings): Promise<number> {
  return asAdmin(settings, "posthorn-partitions-cli", async (broker) => {
    const there = await streamsAt(broker.jsm);
    const dealt = mailboxesIn(there);
    const first = there.get(mailboxStream(0));
    if (first !== undefined) assertOfCluster(first.config, settings.CLUSTER_NAME);
    if (splitAt(there) === undefined && dealt === into)
      return print(`the slots are dealt to ${dealt} streams`);
    assertFit(there);
    assertMeant(into, splitAt(there));
    const letGo = await holdSplit(broker);
    try {
      await assertStill(broker, dealt);
      await begin(broker, into);
      const stages = new Stages();
      await finishSplit(broker, (next) => tell(stages, next));
    } finally {
      await letGo();
    }
    const now = mailboxesIn(await streamsAt(broker.jsm));
    return print(`the slots are dealt to ${now} streams; start Posthorn now`);
  });
}

/** Is it the split that runs, if there is one, that is meant? @throws ExchangeError */
function assertMeant(into: number | undefined, running: Running | undefined): void {
  if (running === undefined) {
    if (into === undefined) throw new ExchangeError("there is no split that could go back");
    return;
  }
  if (into === undefined) return;
  if (running.stage === "back")
    throw new ExchangeError("the split is on its way back: run it with --back to its end");
  if (running.into !== into)
    throw new ExchangeError(
      `a split into ${running.into} is there already: run it to its end, or with --back`,
    );
}

/** Begins the split, turns it, or goes on with it: the streams may have changed since they were looked at. */
async function begin(broker: Administered, into: number | undefined): Promise<void> {
  const there = await streamsAt(broker.jsm);
  const running = splitAt(there);
  assertMeant(into, running);
  if (running === undefined) await announce(broker, there, into ?? 0);
  else if (into === undefined) await turnBack(broker, there, running);
}

/** The words about a step that was done for some streams. */
const DONE: Readonly<Record<SplitStep, string>> = {
  mirror: "mirrors of the old streams made",
  fill: "mirrors are being filled …",
  cut: "old streams have given up their slots",
  layout: "old streams say the new layout",
  mark: "marks stored, where the new streams go on",
  hear: "mirrors have not heard of their marks yet …",
  release: "old streams have given up the marks",
  promote: "mirrors are streams of their own",
  save: "streams have their checkpoints",
  commit: "from here on there is no way back",
  purge: "old streams have lost what has moved",
  settle: "streams say to how many the slots are dealt",
  drop: "new streams removed",
  reopen: "new streams' marks can be taken back",
  unmark: "marks taken back",
  join: "old streams have their slots again",
  forget: "marks purged",
  finish: "done",
};

function tell(stages: Stages, { step, streams }: Next): void {
  const moved = streams.reduce((sum, { share }) => sum + share.slots.length, 0);
  const text = `${streams.length} ${DONE[step]} (${moved} slots)`;
  if (step === "fill" || step === "hear") return stages.now(text);
  stages.say(step === "commit" || step === "finish" ? DONE[step] : text);
}
