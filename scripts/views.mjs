// npm run views -- verify | rebuild: looks after the views, whether Posthorn is running or not.
import "./node.mjs";
import { command } from "./command.mjs";

await command("views", (arg) => arg === "verify" || arg === "rebuild");
