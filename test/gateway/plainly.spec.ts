import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createEncrypted } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectEncrypted } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { certificate } from "../support/certificate.ts";
import { headOf, offersElse, ONLY_WEBSOCKET, readPlainly } from "../../src/gateway/http/plainly.ts";

const H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";

/** A server that answers with what it has read, over HTTPS with a pair, and what it says to these requests, each of them in pieces. */
async function answersTo(
  requests: readonly (readonly string[])[],
  pair?: { cert: string; key: string },
): Promise<unknown[]> {
  const answer: RequestListener = (request, response) => {
    const { method, url } = request;
    void text(request).then((body) => response.end(JSON.stringify([method, url, body])));
  };
  const server =
    pair === undefined
      ? createServer(ONLY_WEBSOCKET, answer)
      : createEncrypted({ ...pair, ...ONLY_WEBSOCKET }, answer);
  server.on("upgrade", (request, _, head) => readPlainly(server, request, head));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const tcp =
    pair === undefined ? connect(port, "127.0.0.1") : connectEncrypted({ port, ca: pair.cert });
  onTestFinished(() => {
    tcp.destroy();
    server.close();
  });
  const answers: unknown[] = [];
  for (const pieces of requests) {
    for (const piece of pieces) {
      tcp.write(piece);
      await new Promise((sent) => setImmediate(sent));
    }
    const [said] = (await once(tcp, "data")) as [Buffer];
    answers.push(JSON.parse(/\[.*\]/.exec(String(said))?.[0] ?? "null"));
  }
  return answers;
}

test("[D6] a request that offers h2c is answered as plain HTTP/1.1, on a connection that stays", async () => {
  const get = `GET /livez HTTP/1.1\r\nHost: x\r\n${H2C}\r\n`;
  const answers = await answersTo([[get.slice(0, 30), get.slice(30)], [get], [get]]);
  expect(answers).toEqual(Array.from({ length: 3 }, () => ["GET", "/livez", ""]));
});

test("[D6] a request that offers h2c is answered over HTTPS, too", async () => {
  const get = `GET /livez HTTP/1.1\r\nHost: x\r\n${H2C}\r\n`;
  const answers = await answersTo([[get], [get]], certificate("localhost"));
  expect(answers).toEqual(Array.from({ length: 2 }, () => ["GET", "/livez", ""]));
});

test("[D6] the body of a request that offers h2c is read, whether it came with the headers or later", async () => {
  const post = `POST /v1/token HTTP/1.1\r\nHost: x\r\n${H2C}Content-Length: 10\r\n\r\n`;
  const whole = ["POST", "/v1/token", "0123456789"];
  const answers = await answersTo([
    [`${post}01234`, "56789"],
    [`${post}0123456789`],
    [post, "0123456789"],
  ]);
  expect(answers).toEqual([whole, whole, whole]);
});

test("[D6] an offer of WebSocket is one, alone or among others, and nothing else is", () => {
  const offers = (upgrade: string): boolean => offersElse({ headers: { upgrade } } as never);
  expect(["websocket", "WebSocket", "h2c, websocket"].map(offers)).toEqual([false, false, false]);
  expect(["h2c", "TLS/1.0", "h2c, websockets", ""].map(offers)).toEqual([true, true, true, true]);
});

test("[D6] a request that is read once more says all that it said, but for its offer", () => {
  const rawHeaders = [
    "Host",
    "x",
    "connection",
    "keep-alive, Upgrade",
    "UPGRADE",
    "h2c",
    "X-A",
    "é",
  ];
  const head = headOf({ method: "GET", url: "/a?b", httpVersion: "1.1", rawHeaders });
  expect(head).toBe("GET /a?b HTTP/1.1\r\nHost: x\r\nconnection: keep-alive\r\nX-A: é\r\n\r\n");
});
