// `node dist/main.js`: the server.
import { serve } from "./serve.ts";

await serve(process.env);
