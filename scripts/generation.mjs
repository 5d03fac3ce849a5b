// npm run generation -- MAILBOX_0 [--from SEQ]: a mailbox stream goes on in a new generation, while Posthorn is stopped.
import "./node.mjs";
import { command } from "./command.mjs";

await command("generations", (arg) => /^MAILBOX_\d+$/.test(arg));
