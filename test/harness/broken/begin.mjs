// Given to node by --import: breaks a build as it is loaded. The query of this address names which.
import { register } from "node:module";

const name = new URL(import.meta.url).searchParams.get("build");
register("./load.mjs", import.meta.url, { data: name });
