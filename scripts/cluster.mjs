// npm run cluster: three nats-servers, and processes of each role, on this machine; with an order behind it, that for one which runs.
import "./node.mjs";
import { HELP } from "./cluster/help.mjs";
import { sayHelp } from "./demandarguments.mjs";
import { demandFiles } from "./files.mjs";

sayHelp(HELP);
demandFiles();
const [order, ...rest] = process.argv.slice(2);
const isStart = order === undefined || order.startsWith("-");
if (isStart) await import("./cluster/run.mjs");
else await (await import("./cluster/order.mjs")).carryOut(order, rest);
