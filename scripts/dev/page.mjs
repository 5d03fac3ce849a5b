import { join } from "node:path";
import { reason, StartError, TOP } from "../run.mjs";

const SOURCE = join(TOP, "src");
/** Paths of the page's server that are not the page. */
const SERVERS = ["/v1", "/livez", "/readyz"];

/**
 * Serves the page from source by Vite: an edit is seen at once. The rest goes to the server.
 * @param {{ host: string, port: number, server: string }} where `server`: its address.
 * @returns {Promise<{ onEdit: (edited: (path: string) => void) => void, end: () => Promise<void> }>}
 *   `onEdit`: hears of each edit of the server's source, too.
 * @throws {StartError} when the port is in use.
 */
export async function startPage({ host, port, server }) {
  const { createLogger, createServer } = await import("vite");
  const logger = createLogger("error");
  /** @type {import("vite").ProxyOptions} */
  const proxied = {
    target: server,
    ws: true,
    // The gateway accepts its own origin only, so the proxy speaks as that.
    headers: { origin: server },
  };
  const vite = await createServer({
    root: join(TOP, "web"),
    configFile: join(TOP, "web", "vite.config.ts"),
    cacheDir: join(TOP, ".posthorn", "vite"),
    clearScreen: false,
    customLogger: {
      ...logger,
      // The server is away while it is started anew, and says so itself when it cannot.
      error: (text, options) => void (/proxy error/.test(text) || logger.error(text, options)),
    },
    server: {
      host,
      port,
      strictPort: true,
      proxy: Object.fromEntries(SERVERS.map((path) => [path, proxied])),
    },
  });
  try {
    await vite.listen();
  } catch (error) {
    await vite.close();
    throw new StartError(`the page cannot be served at ${host}:${port}: ${reason(error)}`);
  }
  return {
    onEdit: (edited) => void vite.watcher.add(SOURCE).on("all", (_kind, path) => edited(path)),
    end: () => vite.close(),
  };
}
