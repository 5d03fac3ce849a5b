// npm start. The rest is loaded behind the checks: loading it needs a newer Node and many open files.
import "./node.mjs";
import { demandFiles } from "./files.mjs";

demandFiles();
await import("./serve.mjs");
