import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import type { App } from "./app.ts";

/** A bare TCP connection to the server, for what no well-behaved library would say. */
export interface Wire {
  readonly tcp: Socket;
  /** All that came back, once the server has closed or `enough` of it is there. */
  reply(enough?: (heard: Buffer) => boolean): Promise<Buffer>;
}

/** `half`: when the server ends, this side stays open. */
export function wire(app: App, half = false): Wire {
  const { hostname, port } = new URL(app.url);
  const tcp = connect({ port: Number(port), host: hostname, allowHalfOpen: half });
  let heard = Buffer.alloc(0);
  let look = (): void => undefined;
  tcp.on("data", (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    look();
  });
  // A server that has answered may reset what is still being sent to it.
  tcp.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => tcp.once("close", () => resolve()));
  const reply = async (enough: (heard: Buffer) => boolean = () => false): Promise<Buffer> => {
    const satisfied = new Promise<void>((resolve) => {
      look = () => enough(heard) && resolve();
      look();
    });
    await Promise.race([closed, satisfied]);
    tcp.destroy();
    return heard;
  };
  return { tcp, reply };
}

/** A WebSocket handshake, as bytes; `more` replaces or adds headers, `undefined` leaves one out. */
export function handshake(
  app: App,
  more: Record<string, string | undefined> = {},
  line = "GET /v1/ws HTTP/1.1",
): string {
  const headers = {
    Host: new URL(app.url).host,
    Origin: app.url,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    ...more,
  };
  const lines = Object.entries(headers)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);
  return `${[line, ...lines].join("\r\n")}\r\n\r\n`;
}

/** Says one request and returns status and body of the answer. */
export async function knock(app: App, request: string): Promise<{ status: number; text: string }> {
  const { tcp, reply } = wire(app);
  tcp.write(request);
  const text = String(await reply((heard) => heard.includes("\r\n\r\n") && whole(heard)));
  return { status: Number(text.slice(9, 12)), text };
}

function whole(heard: Buffer): boolean {
  const text = String(heard);
  if (text.startsWith("HTTP/1.1 101")) return true;
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return length !== undefined && text.length >= text.indexOf("\r\n\r\n") + 4 + Number(length);
}

/** Upgrades, sends the bytes as they are, and returns the close code that comes back. */
export async function closeCodeFor(app: App, bytes: Buffer): Promise<number> {
  const { tcp, reply } = wire(app);
  tcp.write(Buffer.concat([Buffer.from(handshake(app)), bytes]));
  const frames = (heard: Buffer): Buffer => heard.subarray(heard.indexOf("\r\n\r\n") + 4);
  // Of a socket that has not said hello nothing else comes back than the close frame.
  const heard = await reply((all) => frames(all)[0] === 0x88 && frames(all).length >= 4);
  const sent = frames(heard);
  if (sent[0] !== 0x88) throw new Error(`no close frame came: ${JSON.stringify(String(heard))}`);
  return sent.readUInt16BE(2);
}

/** A WebSocket frame as a client sends it; `masked: false` is what only a server may do. */
export function frameOf(first: number, payload: Buffer, masked = true): Buffer {
  const mask = masked ? randomBytes(4) : Buffer.alloc(0);
  const bit = masked ? 0x80 : 0;
  const head =
    payload.length < 126
      ? Buffer.from([first, bit | payload.length])
      : Buffer.from([first, bit | 126, payload.length >> 8, payload.length & 0xff]);
  const body = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([head, mask, body]);
}
