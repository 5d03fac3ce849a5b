import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, vi } from "vitest";
import type { App } from "../../support/app.ts";
import { device, dial } from "../../support/device.ts";
import { peak } from "../../support/memory.ts";
import { PATIENCE } from "../../support/patience.ts";
import { siege } from "../../support/siege.ts";
import { handshake, knock, wire } from "../../support/wire.ts";

const MIB = 1024 * 1024;
/** Far more than the kernel takes for a connection that is not read. */
const ASSET_BYTES = 32 * MIB;
const SHARE = 30;
/** Connections beyond the share that are still answered (connections.ts). */
const SPARE = 20;
/** Requests that may wait behind the one that is answered (connections.ts). */
const WAITING = 8;
const web = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "web-"));
writeFileSync(join(web, "index.html"), "<!doctype html>");
writeFileSync(join(web, "asset.js"), Buffer.alloc(ASSET_BYTES, "x"));
writeFileSync(join(web, "small.js"), Buffer.alloc(400_000, "x"));
afterAll(() => rmSync(web, { recursive: true }));
const { attack } = siege({
  WEB_DIR: web,
  CONNECTIONS_PER_ADDRESS: String(SHARE),
  // So many are opened one after the other while the first of them waits.
  HTTP_HEADERS_MS: "10000",
  HTTP_REQUEST_MS: "12000",
  HTTP_ANSWER_MS: "1000",
  HTTP_IDLE_MS: "500",
});

const until = (holds: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(holds()).toBe(true), { ...PATIENCE, interval: 20 });

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

/**
 * Does the server's process still hold its end of the connection? A client that does not read is not
 * told. (Of proc_net_tcp: the inode of a socket that no process holds is 0; it is established, 01, before the process has accepted it.)
 */
function isHeld(app: App, localPort: number): boolean {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  const ends = [Number(new URL(app.url).port), localPort].map(hex);
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some(([, here, there, state, , , , , , inode]) => {
      const both = [here, there].map((end) => end?.split(":")[1]);
      return both.join() === ends.join() && (inode !== "0" || state === "01");
    });
}

const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = ""]) => status);

/** Asks until the server answers so: what was closed a moment ago may still be counted. */
async function settles(app: App, request: string, status: number): Promise<string> {
  let answered = await knock(app, request);
  while (answered.status !== status) answered = await knock(app, request);
  return answered.text;
}

describe("[D3] a connection that does not read its answers", () => {
  attack("costs no more than one of them, and is closed", async (app) => {
    const before = peak(app.pid);
    const deaf = Array.from({ length: 5 }, () => wire(app));
    await Promise.all(deaf.map(({ tcp }) => once(tcp, "connect")));
    const ports = deaf.map(({ tcp }) => tcp.localPort ?? 0);
    for (const { tcp } of deaf) {
      tcp.pause();
      tcp.write(get("/small.js").repeat(2_500));
    }
    await until(() => !ports.some((port) => isHeld(app, port)));
    expect(peak(app.pid) - before).toBeLessThan(64 * MIB);
  });

  attack("is closed though it asked for one thing only", async (app) => {
    const { tcp } = wire(app);
    let bytes = 0;
    tcp.on("data", (chunk: Buffer) => (bytes += chunk.length));
    tcp.write(get("/asset.js"));
    await once(tcp, "data");
    tcp.pause();
    const { localPort = 0 } = tcp;
    expect(isHeld(app, localPort)).toBe(true);
    await until(() => !isHeld(app, localPort));
    tcp.resume();
    await once(tcp, "close");
    expect(bytes).toBeLessThan(ASSET_BYTES);
  });

  attack("gets all of it when it reads slowly, but does read", async (app) => {
    const { tcp } = wire(app);
    let bytes = 0;
    tcp.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      tcp.pause();
      setImmediate(() => tcp.resume());
    });
    tcp.write(get("/small.js", "Connection: close\r\n"));
    await once(tcp, "close");
    expect(bytes).toBeGreaterThan(400_000);
  });
});

describe("[D6] requests that do not wait for their answers", () => {
  attack("are answered in order", async (app) => {
    const { tcp, reply } = wire(app);
    const last = get("/nope", "Connection: close\r\n");
    tcp.write(get("/small.js") + get("/livez") + get("/v1/ws") + last);
    expect(statuses(String(await reply()))).toEqual(["200", "200", "400", "404"]);
  });

  attack("are too many beyond a few", async (app) => {
    const few = wire(app);
    few.tcp.write(get("/livez").repeat(WAITING) + get("/livez", "Connection: close\r\n"));
    expect(statuses(String(await few.reply()))).toHaveLength(WAITING + 1);
    const many = wire(app);
    many.tcp.write(get("/livez").repeat(WAITING + 2));
    expect(statuses(String(await many.reply())).length).toBeLessThan(2);
  });

  attack("may not be followed by an upgrade", async (app) => {
    for (const path of ["/livez", "/small.js"]) {
      const { tcp, reply } = wire(app);
      tcp.write(get(path) + handshake(app) + "\x81\x80\0\0\0\0");
      const text = String(await reply());
      expect([path, statuses(text)]).toEqual([path, ["200", "400"]]);
      expect(text).toContain('"code":"upgrade.refused"');
    }
    const { tcp, reply } = wire(app);
    tcp.pause();
    tcp.write(get("/asset.js") + handshake(app));
    await once(tcp, "connect");
    const { localPort = 0 } = tcp;
    await until(() => !isHeld(app, localPort));
    tcp.resume();
    expect(statuses(String(await reply()))).not.toContain("101");
  });

  attack("are not answered into each other when one of them is none", async (app) => {
    const { tcp, reply } = wire(app);
    tcp.write(get("/asset.js"));
    await once(tcp, "data");
    tcp.write("nonsense\r\n\r\n");
    expect(statuses(String(await reply()))).toEqual(["200"]);
  });
});

describe("[D3] connections of one address", () => {
  attack("beyond its share are refused, but for a look at the server's health", async (app) => {
    const welcomed = await Promise.all(Array.from({ length: 5 }, (_, i) => device(app, `w${i}`)));
    await settles(app, get("/"), 200);
    const held: Socket[] = [];
    let last = await knock(app, get("/"));
    while (last.status === 200) {
      held.push(wire(app).tcp);
      await once(held.at(-1)!, "connect");
      // Of connections that a fetch has kept for a while there may be some.
      last = await knock(app, get("/"));
    }
    expect(held.length).toBeLessThanOrEqual(SHARE);
    expect(last).toMatchObject({ status: 429 });
    expect(last.text).toContain('"code":"limit.sockets"');
    expect(last.text).toContain("Retry-After: 1");
    expect((await knock(app, handshake(app))).status).toBe(429);
    expect((await knock(app, get("/readyz"))).status).toBe(200);
    expect((await knock(app, get("/livez"))).text).toContain("Connection: close");
    const more = Array.from({ length: SHARE + SPARE }, () => wire(app).tcp);
    await Promise.any(more.map((tcp) => once(tcp, "close")));
    for (const tcp of [...held, ...more]) tcp.destroy();
    await settles(app, get("/"), 200);
    await Promise.all(welcomed.map((each) => each.close()));
  });

  attack("count while they are sockets without a hello", async (app) => {
    await settles(app, get("/"), 200);
    const sockets = await Promise.all(Array.from({ length: SHARE - 8 }, () => dial(app)));
    let held = sockets.length;
    const plain: Socket[] = [];
    while ((await knock(app, get("/"))).status === 200) {
      plain.push(wire(app).tcp);
      await once(plain.at(-1)!, "connect");
      held++;
    }
    expect(held).toBeLessThanOrEqual(SHARE);
    for (const each of sockets) each.ws.terminate();
    await settles(app, get("/"), 200);
    for (const tcp of plain) tcp.destroy();
  });
});
