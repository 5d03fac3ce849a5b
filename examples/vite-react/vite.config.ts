import type { UserConfig } from "vite";

/** The Posthorn that this app talks to. */
const server = process.env["POSTHORN"] ?? "http://127.0.0.1:8080";
/** Posthorn takes browsers of its own origin only, unless ALLOWED_ORIGINS names others: here it is asked in its own name. */
const proxy = { "/v1": { target: server, ws: true, headers: { origin: server } } };

export default { server: { proxy }, preview: { proxy } } satisfies UserConfig;
