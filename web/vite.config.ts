import { defineConfig } from "vite";

/** The address a running Posthorn listens on, for `vite web` beside it. */
const SERVER = "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // Every asset stays a file and no script is written into the page, so `script-src 'self'` holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The gateway accepts its own origin only, so the proxy speaks as that.
    proxy: { "/v1": { target: SERVER, ws: true, headers: { origin: SERVER } } },
  },
});
