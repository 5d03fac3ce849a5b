import { parseArgs } from "node:util";
import { serve } from "../serve.ts";
import type { Run } from "./command.ts";
import { EXIT, fail, print } from "./exit.ts";

const OPTIONS = { help: { type: "boolean", short: "h" } } as const;

const HELP = `posthorn start

Runs Posthorn, the roles that POSTHORN_ROLES names or all three, beside a NATS that runs already. SIGTERM and
SIGINT drain it. \`npm start\` of a checkout runs a nats-server besides.

  -h, --help   this text

Settings come from the environment (docs/operations.md).
Exit codes: 0 ended by a signal, 1 failed, 2 wrong usage
`;

/** `posthorn start`: runs Posthorn until a signal or a failure, and ends the process itself. */
export const start: Run = async (args, env) => {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help === true) return print(HELP);
  } catch (error) {
    return fail(EXIT.usage, error);
  }
  await serve(await env());
  return EXIT.well;
};
