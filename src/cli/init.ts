import { parseArgs } from "node:util";
import type { Settings } from "../config/settings.ts";
import { topologyInTime } from "../host/broker.ts";
import { leadNewStreams } from "../nats/balance/newstreams.ts";
import { reason } from "../nats/connection.ts";
import { carryOut, type Run } from "./command.ts";
import { print } from "./exit.ts";
import { withBroker } from "./outside.ts";

const HELP = `posthorn init

Makes the streams that are missing, with PARTITIONS and REPLICAS, and says what is there. Streams that are there stay as they are.
A start of Posthorn does the same where its NATS user may; roles with users of their own wait for this command. Where it makes streams on
several servers, it spreads their leaders over them, too (posthorn cluster balance does that later).

While the servers of the broker have no leader it waits, up to a minute.

  -h, --help   this text

Settings are those of Posthorn, with a user who has the rights of \`admin\` or \`posthorn\` in docker/nats.conf.
Exit codes: 0 the streams are there, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

const LATER = "posthorn cluster balance, as a user with the rights of admin, spreads them";

/** `posthorn init`: makes the streams. Returns the exit code. */
export const init: Run = (args, env) => carryOut({ help: HELP, read, run }, args, env);

/** It takes none. @throws Error with what is wrong about the arguments. */
const read = (args: readonly string[]): object => parseArgs({ args: [...args] }).values;

function run(_asked: object, settings: Settings): Promise<number> {
  return withBroker(settings, "posthorn-init-cli", async ({ link, log }) => {
    const mayMake = (): Promise<boolean> => Promise.resolve(true);
    const topology = await topologyInTime(settings, { link, log, mayMake });
    const { partitions, replicas } = topology;
    // The streams are good without it.
    await leadNewStreams(link.nc, topology).catch((error: unknown) =>
      print(`their leaders are where the broker put them (${reason(error)}): ${LATER}`),
    );
    return print(`the streams are there: ${partitions} of mailboxes, ${replicas} replicas of each`);
  });
}
