import { spawn } from "node:child_process";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test, vi } from "vitest";
import { ask } from "../../scripts/cluster/ask.mjs";
import { Balancer } from "../../scripts/cluster/balancer.mjs";
import { WHOLE, Wire } from "../../scripts/cluster/wire.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { startApp } from "../support/app.ts";
import { device } from "../support/device.ts";
import { soon } from "../support/soon.ts";

/** Asks for a WebSocket from an address of the loopback. The status, and the socket if it is one. */
async function knock(url: string, from: string, more: Record<string, string> = {}) {
  const asked = request(`${url}/v1/ws`, {
    localAddress: from,
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      origin: url,
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...more,
    },
  });
  onTestFinished(() => void asked.destroy());
  asked.end();
  const [answer] = (await Promise.race([once(asked, "upgrade"), once(asked, "response")])) as [
    IncomingMessage,
    Socket?,
  ];
  answer.socket.on("error", () => undefined);
  onTestFinished(() => void answer.socket.destroy());
  return answer.statusCode;
}

test("behind the balancer limits of an address count people, requests are answered, and a gateway that says nothing has its sockets cut", async () => {
  const front = await freePort();
  const url = `http://127.0.0.1:${front}`;
  const app = await startApp({
    GREETING_PER_ADDRESS: "2",
    TRUSTED_PROXIES: "127.0.0.1",
    ALLOWED_ORIGINS: url,
  });
  onTestFinished(() => app.stop());
  const wire = await Wire.lay(Number(new URL(app.url).port));
  // A second gateway that is not there.
  const balancer = new Balancer(front, [await freePort(), wire.port]);
  onTestFinished(() => {
    balancer.stop();
    wire.remove();
  });
  await balancer.start();
  await soon(async () => expect((await fetch(url)).status).toBe(200));

  const statuses: unknown[] = [];
  for (const from of ["127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.3"])
    statuses.push(await knock(url, from));
  // Nobody can say that they are somebody else.
  statuses.push(await knock(url, "127.0.0.2", { "x-forwarded-for": "127.0.0.9" }));
  expect(statuses).toEqual([101, 101, 429, 101, 429]);

  const reachable = { url, wsUrl: `ws://127.0.0.1:${front}/v1/ws`, token: app.token };
  const alice = await device(reachable, "alice");
  // An offer of h2c is passed over; nothing else comes on its connection, where somebody could say another's address.
  expect(await knock(url, "127.0.0.4", { upgrade: "h2c" })).toBe(400);
  const page = await fetch(url);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<html")]);
  expect(balancer.connections).toEqual([0, 4]);

  wire.damage({ ...WHOLE, there: true, back: true });
  await alice.closed;
  await soon(() => expect(balancer.connections).toEqual([0, 0]));
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await knock(url, "127.0.0.1")).toBe(503);
});

/** A process that answers as a gateway does, and for which few connections wait while it stands still. */
async function narrow() {
  const port = await freePort();
  const program = `require("node:http").createServer((_, answer) => answer.end())
    .listen({ port: ${port}, host: "127.0.0.1", backlog: 1 }, () => console.log("here"))`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return { port, stand: () => child.kill("SIGSTOP") };
}

test("a request whose connection to a gateway is cut before it is there gets an answer", async () => {
  const [gateway, front] = [await narrow(), await freePort()];
  const balancer = new Balancer(front, [gateway.port]);
  onTestFinished(() => balancer.stop());
  // It looks, and loses its patience, when this spec says so: by itself it might cut connections before all are under way.
  vi.useFakeTimers({ toFake: ["setInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  await balancer.start();
  expect(balancer.admitsAll).toBe(true);
  gateway.stand();
  const answers = Array.from({ length: 6 }, () =>
    fetch(`http://127.0.0.1:${front}`).then(
      ({ status }) => status,
      () => "cut",
    ),
  );
  await soon(() => expect(balancer.connections).toEqual([6]));
  // Three looks in a row that nobody answers.
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await Promise.all(answers)).toContain(503);
});

/** A gateway in a thread of its own, which answers while this one stands still. */
async function apart() {
  const port = await freePort();
  const worker = new Worker(
    `require("node:http").createServer((_, answer) => answer.end("here"))
      .listen(${port}, "127.0.0.1", () => require("node:worker_threads").parentPort.postMessage(0))`,
    { eval: true },
  );
  onTestFinished(() => void worker.terminate());
  await once(worker, "message");
  return `http://127.0.0.1:${port}/admitz`;
}

test("a gateway answers in time if its answer comes while a starved balancer stands still", async () => {
  const url = await apart();
  const still = new Int32Array(new SharedArrayBuffer(4));
  // Each turn of the loop takes longer than there is for the answer, which crosses several.
  const starved = setInterval(() => Atomics.wait(still, 0, 0, 60), 1);
  onTestFinished(() => clearInterval(starved));
  expect(await ask(url, { ms: 50 })).toEqual({ ok: true, text: "here" });
});
