import { once } from "node:events";
import { describe, expect } from "vitest";
import { WebSocket } from "ws";
import { device, dial } from "../../support/device.ts";
import { siege } from "../../support/siege.ts";
import { closeCodeFor, frameOf, handshake, knock, wire } from "../../support/wire.ts";

const { attack } = siege({ HELLO_MS: "2000", SENDS_PER_SECOND: "500" });
const TEXT = 0x81;
const hello = Buffer.from('{"t":"ping"}');

describe("a handshake", () => {
  attack("from any origin but the server's own is refused before it is upgraded", async (app) => {
    const port = new URL(app.url).port;
    const strangers = [
      undefined,
      "null",
      "",
      `http://evil.127.0.0.1:${port}`,
      `http://127.0.0.1:${port}.evil.example`,
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${Number(port) + 1}`,
      `${app.url}/`,
      `http://user@127.0.0.1:${port}`,
      "https://evil.example",
    ];
    for (const Origin of strangers) {
      const { status, text } = await knock(app, handshake(app, { Origin }));
      expect([Origin, status]).toEqual([Origin, 403]);
      expect(text).toContain('"code":"origin.refused"');
      expect(text).toContain("application/problem+json");
    }
    const { status } = await knock(app, handshake(app));
    expect(status).toBe(101);
  });

  attack("with a token in the URL is refused, and the URL is not logged", async (app) => {
    for (const name of [
      "token",
      "access_token",
      "jwt",
      "authorization",
      "Token",
      "access%5Ftoken",
    ]) {
      const line = `GET /v1/ws?${name}=eyJhbGciOi HTTP/1.1`;
      const { status, text } = await knock(app, handshake(app, {}, line));
      expect([name, status]).toEqual([name, 400]);
      expect(text).toContain('"code":"auth.token_in_url"');
      expect(text).not.toContain("eyJhbGciOi");
    }
    expect(app.log()).not.toContain("eyJhbGciOi");
  });

  attack(
    "over HTTP/1.0, by POST, of another version or with a sub-protocol is refused",
    async (app) => {
      const refused = [
        handshake(app, {}, "GET /v1/ws HTTP/1.0"),
        handshake(app, {}, "POST /v1/ws HTTP/1.1"),
        handshake(app, { "Sec-WebSocket-Protocol": "graphql-ws" }),
        handshake(app, { "Sec-WebSocket-Version": "8" }),
        handshake(app, { "Sec-WebSocket-Version": undefined }),
        handshake(app, {}, "GET /v1/ws/ HTTP/1.1"),
        handshake(app, {}, "GET /v2/ws HTTP/1.1"),
      ];
      const answers = await Promise.all(refused.map((request) => knock(app, request)));
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 426, 426, 404, 404]);
      for (const { text } of answers)
        expect(text).toMatch(/"code":"(upgrade\.refused|http\.not_found)"/);
    },
  );

  attack("without a proper key, or to another upgrade, is refused", async (app) => {
    for (const more of [
      { "Sec-WebSocket-Key": "short" },
      { "Sec-WebSocket-Key": undefined },
      { Upgrade: "h2c" },
    ])
      expect((await knock(app, handshake(app, more))).status).toBe(400);
  });

  attack("to a target that is no URL is refused", async (app) => {
    for (const target of [
      "//",
      "//[",
      "http://[/v1/ws",
      "*",
      "http://:99999/",
      "\\\\",
      "/%",
      "//@",
    ]) {
      const { status } = await knock(app, handshake(app, {}, `GET ${target} HTTP/1.1`));
      expect([target, status >= 400 && status < 500]).toEqual([target, true]);
      const plain = await knock(
        app,
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect([target, plain.status >= 400 && plain.status < 500]).toEqual([target, true]);
    }
  });

  attack("with 3,000 headers or a sub-protocol of 1 MB is refused with 431", async (app) => {
    const many = Array.from({ length: 3_000 }, (_, i) => [`X-${i}`, "a"]);
    const long = { "Sec-WebSocket-Protocol": "x".repeat(1_000_000) };
    expect((await knock(app, handshake(app, Object.fromEntries(many)))).status).toBe(431);
    expect((await knock(app, handshake(app, long))).status).toBe(431);
  });

  attack(
    "that is refused leaves no connection, even if the client keeps its own end",
    async (app) => {
      const { tcp } = wire(app, true);
      tcp.write(handshake(app, { Origin: "https://evil.example" }));
      await once(tcp.resume(), "end");
      const gone = new Promise((closed) => tcp.once("close", closed));
      // Writing to a connection that the server has left fails.
      const knocking = setInterval(() => tcp.write("x"), 100);
      await gone;
      clearInterval(knocking);
    },
  );

  attack("that never ends is cut off", async (app) => {
    const { tcp, reply } = wire(app);
    tcp.write(handshake(app).slice(0, -2));
    expect(String(await reply())).toContain("HTTP/1.1 408");
  });

  attack("that asks for compression is not given any", async (app) => {
    const Extensions = "permessage-deflate; client_max_window_bits; server_no_context_takeover";
    const { status, text } = await knock(
      app,
      handshake(app, { "Sec-WebSocket-Extensions": Extensions }),
    );
    expect(status).toBe(101);
    expect(text.toLowerCase()).not.toContain("permessage-deflate");
  });
});

describe("a socket", () => {
  attack("that does not say hello in time is closed with 4401", async (app) => {
    const silent = await dial(app);
    expect(await silent.closed).toBe(4401);
  });

  attack("that only answers pings does not live longer for it", async (app) => {
    const pinging = await dial(app);
    pinging.ws.ping();
    expect(await pinging.closed).toBe(4401);
  });

  attack("whose frames break RFC 6455 is closed with 1002", async (app) => {
    const broken = {
      "not masked": frameOf(TEXT, hello, false),
      "a reserved bit": frameOf(TEXT | 0x40, hello),
      "two reserved bits": frameOf(TEXT | 0x30, hello),
      "a reserved opcode": frameOf(0x83, hello),
      "a control frame in pieces": frameOf(0x09, hello),
      "a long control frame": frameOf(0x89, Buffer.alloc(126)),
      "a continuation of nothing": frameOf(0x80, hello),
      "text within text": Buffer.concat([frameOf(0x01, hello), frameOf(TEXT, hello)]),
      "a close code nobody may send": frameOf(0x88, Buffer.from([0x03, 0xed])),
      "half a close code": frameOf(0x88, Buffer.from([0x03])),
    };
    for (const [name, bytes] of Object.entries(broken))
      expect([name, await closeCodeFor(app, bytes)]).toEqual([name, 1002]);
  });

  attack("that sends bytes that are no UTF-8 is closed with 1007", async (app) => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])
      expect(await closeCodeFor(app, frameOf(TEXT, Buffer.from(bytes)))).toBe(1007);
    const reason = frameOf(0x88, Buffer.from([0x03, 0xe8, 0xff]));
    expect(await closeCodeFor(app, reason)).toBe(1007);
  });

  attack(
    "that sends 75 KB at once, before its hello 180, or claims to, is closed with 1009",
    async (app) => {
      const mallory = await device(app, "mallory");
      mallory.raw("x".repeat(75_000));
      expect(await mallory.closed).toBe(1009);
      const claim = Buffer.concat([
        Buffer.from([TEXT, 0xff]),
        Buffer.alloc(3),
        Buffer.alloc(5, 0x7f),
      ]);
      expect(await closeCodeFor(app, claim)).toBe(1009);
      const pieces = Array.from({ length: 3 }, (_, i) =>
        frameOf(i === 0 ? 0x01 : i === 2 ? 0x80 : 0x00, Buffer.alloc(60_000, "x")),
      );
      expect(await closeCodeFor(app, Buffer.concat(pieces))).toBe(1009);
    },
  );

  attack("that sends a frame in more than 64 pieces is closed with 1008", async (app) => {
    const pieces = Array.from({ length: 65 }, (_, i) => frameOf(i === 0 ? 0x01 : 0x00, hello));
    expect(await closeCodeFor(app, Buffer.concat(pieces))).toBe(1008);
    // 64 are taken, and the rest is waited for.
    expect(await closeCodeFor(app, Buffer.concat(pieces.slice(0, 64)))).toBe(4401);
  });

  attack("that pings on and on and waits for no pong is cut off", async (app) => {
    const { ws, closed } = await dial(app);
    for (let i = 0; i < 2_000; i++) ws.ping();
    expect(await closed).toBe(1006);
  });

  attack("that vanishes in the middle of anything is forgotten", async (app) => {
    const torn = [handshake(app).slice(0, 60), handshake(app), `${handshake(app)}\x81\xff`];
    for (const bytes of torn) {
      const { tcp } = wire(app);
      await once(tcp, "connect");
      tcp.write(bytes);
      tcp.resetAndDestroy();
    }
    const gone = await device(app, "mallory");
    gone.ws.terminate();
    expect(await gone.closed).toBe(1006);
  });

  attack("by a client of another kind speaks no other protocol", async (app) => {
    const ws = new WebSocket(app.wsUrl, ["chat"], { origin: app.url });
    const [, response] = await once(ws, "unexpected-response");
    expect(response.statusCode).toBe(400);
    ws.on("error", () => undefined).terminate();
  });
});
