// Given to node by --import: a process of the server begins with another build. The query of this address names its folder.
import { register } from "node:module";

const built = new URL(import.meta.url).searchParams.get("built");
register("./instead.mjs", import.meta.url, { data: built });
