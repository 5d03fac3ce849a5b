import { createServer, request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { startApp, type App } from "../support/app.ts";
import { device, type Device } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { readScrape, type Scrape } from "../support/prometheus.ts";

let app: App;
let admin: string;
beforeAll(async () => {
  const port = await freePort();
  admin = `http://127.0.0.1:${port}`;
  app = await startApp({
    CONNECTIONS_PER_ADDRESS: "30",
    ADMIN_PORT: `${port}`,
    SENDS_BURST: "10",
    SENDS_PER_SECOND: "1",
  });
});
afterAll(() => app.stop());

const scrape = async (): Promise<Scrape> =>
  readScrape(await (await fetch(`${admin}/metrics`)).text());
const one = async (name: string): Promise<number | undefined> => (await scrape()).get(name);
/** All figures of a name, over its labels. */
const sum = (said: Scrape, name: string): number =>
  [...said].reduce((all, [key, figure]) => (key.startsWith(`${name}{`) ? all + figure : all), 0);

/** The figures that chat moves. */
const MOVED = [
  "posthorn_sessions_opened_total",
  'posthorn_sends_total{outcome="stored"}',
  'posthorn_sends_total{outcome="refused"}',
  "posthorn_send_seconds_count",
  "posthorn_delivery_seconds_count",
  'posthorn_rejections_total{code="rate_limited"}',
  'posthorn_rejections_total{code="id.self"}',
  'posthorn_rejections_total{code="origin.refused"}',
  'posthorn_sessions_closed_total{code="left"}',
];

const heard = ({ frames }: Device, type: string): number =>
  frames.filter(({ t }) => t === type).length;

describe("GET /metrics", () => {
  test("during chat, moves each number by what has happened", async () => {
    const before = await scrape();
    const [alice, bob] = await Promise.all([device(app, "alice"), device(app, "bob")]);
    const open = await scrape();
    expect([open.get("posthorn_sockets"), open.get("posthorn_sessions")]).toEqual([2, 2]);
    for (let n = 1; n <= 12; n++) alice.say({ t: "send", cid: `a.${n}`, to: "bob", body: "x" });
    alice.say({ t: "send", cid: "a.13", to: "alice", body: "x" });
    await vi.waitFor(() => {
      expect(heard(alice, "sent") + heard(alice, "error")).toBe(13);
      const texts = bob.frames.filter(({ event }) => event?.type === "MessageSent");
      expect(texts).toHaveLength(heard(alice, "sent"));
    }, PATIENCE);
    // Ten, and one more for each second that it took.
    const stored = heard(alice, "sent");
    expect(stored).toBeGreaterThanOrEqual(10);
    const handshake = {
      upgrade: "websocket",
      connection: "upgrade",
      origin: "https://evil.example",
    };
    const evil = await upgrade(handshake);
    expect(evil).toBe(403);
    await Promise.all([alice.close(), bob.close()]);
    await expect.poll(() => one("posthorn_sockets")).toBe(0);

    const after = await scrape();
    const moved = MOVED.map((name) => (after.get(name) ?? 0) - (before.get(name) ?? 0));
    expect(moved).toEqual([2, stored, 12 - stored, stored, stored, 12 - stored, 1, 1, 2]);
    const seconds = after.get("posthorn_delivery_seconds_sum") ?? 0;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(60);
  });

  test("has the connections that an address may not have, also those that get no answer", async () => {
    const refused = 'posthorn_rejections_total{code="limit.sockets"}';
    const before = (await one(refused)) ?? 0;
    const { hostname: host, port } = new URL(app.url);
    const all = Array.from({ length: 60 }, () => connect(Number(port), host));
    for (const tcp of all) tcp.on("error", () => undefined);
    // 30 are this address's share, with a few that are kept alive; 20 more are told why, and the rest is closed at once.
    const closed = await Promise.all(all.slice(50).map((tcp) => once(tcp, "close")));
    expect(closed).toHaveLength(10);
    const full = (await one(refused)) ?? 0;
    expect(full - before).toBeGreaterThanOrEqual(10);
    all[40]?.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await vi.waitFor(async () => expect(await one(refused)).toBeGreaterThan(full), PATIENCE);
    expect(app.log()).toMatch(/"address":"127.0.0.1","code":"limit.sockets","status":429,/);
    for (const tcp of all) tcp.destroy();
  });

  test("has a lag for each stream, which is none when everything is taken", async () => {
    await vi.waitFor(async () => {
      const said = await scrape();
      const streams = [0, 1, 2, 3].map((k) => `MAILBOX_${k}`);
      for (const stream of streams) {
        expect(said.get(`posthorn_actors_lag_entries{stream="${stream}"}`)).toBe(0);
        expect(said.get(`posthorn_views_lag_entries{stream="${stream}"}`)).toBe(0);
      }
      expect(said.get('posthorn_views_lag_entries{stream="ACTIVITY"}')).toBe(0);
      expect(sum(said, "posthorn_publishes_waiting")).toBe(0);
      expect(said.get("posthorn_views_degraded")).toBe(0);
    }, PATIENCE);
  });

  test("has what the process holds, without the pages of the views' file beside it", async () => {
    const said = await scrape();
    const resident = said.get("process_resident_memory_bytes") ?? 0;
    const own = said.get("posthorn_memory_anonymous_bytes");
    expect(resident).toBeGreaterThan(2 ** 20);
    if (process.platform === "linux") expect(own).toBeLessThanOrEqual(resident);
    expect(said.get("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(said.get("posthorn_main_thread_busy_seconds_total")).toBeGreaterThan(0);
  });

  test("[O10] has no name of anybody", async () => {
    const text = await (await fetch(`${admin}/metrics`)).text();
    expect(text).not.toMatch(/alice|bob/);
  });

  test.each([
    ["GET", "/", 404],
    ["GET", "/metrics/", 404],
    ["GET", "/v1/token", 404],
    ["POST", "/livez", 405],
    ["GET", "//", 404],
    ["POST", "/metrics", 405],
    ["DELETE", "/metrics", 405],
    ["HEAD", "/metrics", 200],
    ["GET", "/metrics?name=x", 200],
  ])("[D6] beside it: %s %s is answered with %i", async (method, path, status) => {
    const answer = await fetch(`${admin}${path}`, { method });
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers.get("allow")).toBe("GET, HEAD");
    if (status === 200)
      expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=/);
    else expect(await answer.json()).toMatchObject({ status });
  });

  test("has beside it how the process is", async () => {
    for (const path of ["/livez", "/readyz", "/admitz"])
      expect((await fetch(`${admin}${path}`)).status).toBe(200);
  });

  test("is not on the port of the clients", async () => {
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
  });

  test("[O10] answers also while the broker is away, and counts the connection that comes back", async () => {
    const alice = await device(app, "carol");
    await app.broker.kill();
    await vi.waitFor(
      async () => expect(await one('posthorn_broker_connected{link="main"}')).toBe(0),
      PATIENCE,
    );
    alice.say({ t: "send", cid: "c.1", to: "bob", body: "x" });
    await vi.waitFor(
      async () =>
        expect(await one('posthorn_publishes_waiting{role="gateway"}')).toBeGreaterThan(0),
      PATIENCE,
    );
    await app.broker.restart();
    await alice.until(({ t }) => t === "sent");
    await vi.waitFor(async () => {
      const said = await scrape();
      expect(said.get('posthorn_broker_reconnects_total{link="main"}')).toBeGreaterThan(0);
      expect(said.get('posthorn_broker_connected{link="main"}')).toBe(1);
      expect(sum(said, "posthorn_publishes_waiting")).toBe(0);
    }, PATIENCE);
    await alice.close();
  });
});

test("[O5] a port that is taken is one sentence at the start, which names its setting", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const failure = startApp({ ADMIN_PORT: `${port}` });
  await expect(failure).rejects.toThrow(
    `port ${port} on 127.0.0.1 is in use; set ADMIN_PORT to another`,
  );
  other.close();
});

/** The status of a handshake that is refused. */
async function upgrade(headers: Record<string, string>): Promise<number> {
  const key = { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-version": "13" };
  const asked = request(`${app.url}/v1/ws`, { headers: { ...headers, ...key } });
  asked.end();
  const [response] = (await once(asked, "response")) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}
