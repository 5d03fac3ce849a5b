#!/usr/bin/env node
// `posthorn`: the program of operators, the `bin` of this package.
import { posthorn } from "./cli/posthorn.ts";

process.exitCode = await posthorn(process.argv.slice(2), () => process.env);
