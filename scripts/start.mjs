// npm start. The rest is loaded behind the checks: loading it needs a newer Node and many open files.
import "./node.mjs";
import { demandArguments } from "./demandarguments.mjs";
import { demandFiles } from "./files.mjs";

demandArguments(`npm start    runs Posthorn beside a nats-server of its own, until Ctrl-C

It takes no arguments: settings come from the environment, as in PORT=9000 npm start (docs/operations.md).`);
demandFiles();
await import("./serve.mjs");
