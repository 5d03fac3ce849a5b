// WebSocket frames (RFC 6455, section 5.2) as a load needs them that neither keeps nor believes what it reads.
import { randomBytes } from "node:crypto";

/** Bytes of a message that say what it is. */
const START_BYTES = 16;
const HEAD_BYTES_MAX = 10;
const MASKED = 0x80;
const SHORT_MAX = 125;
const LONG_MAX = 0xffff;
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/**
 * Reads a server's bytes as they come, however they are cut, and passes over what a message holds.
 * @param {(opcode: number, start: string) => void} onFrame is told of each frame, and the first bytes of what it holds
 * @param {number} [startBytes] so many of them
 * @returns {(bytes: Uint8Array) => void}
 */
export function frameReader(onFrame, startBytes = START_BYTES) {
  const held = Buffer.alloc(HEAD_BYTES_MAX + startBytes);
  let has = 0;
  let passed = 0;
  return (read) => {
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
    for (let at = 0; at < bytes.length;) {
      const passing = Math.min(passed, bytes.length - at);
      passed -= passing;
      at += passing;
      if (at === bytes.length) return;
      // Nearly always all that is wanted of a frame has come at once, and is read where it lies.
      if (has === 0 && bytes.length - at >= held.length) {
        const text = at + headOf(bytes, at);
        const length = lengthOf(bytes, at);
        const end = text + Math.min(length, startBytes);
        const opcode = (bytes[at] ?? 0) & 0x0f;
        passed = text + length - end;
        at = end;
        onFrame(opcode, bytes.toString("latin1", text, end));
        continue;
      }
      held[has++] = bytes[at++] ?? 0;
      const head = headOf(held);
      if (has < head) continue;
      const length = lengthOf(held);
      const start = Math.min(length, startBytes);
      if (has < head + start) continue;
      passed = length - start;
      has = 0;
      onFrame((held[0] ?? 0) & 0x0f, held.toString("latin1", head, head + start));
    }
  };
}

/**
 * One whole frame as a client sends it. Its mask is of zeros, which changes nothing: the server takes as long to
 * undo it, and the load is spared doing it.
 * @param {number} opcode
 * @param {string} [text]
 */
export function frame(opcode, text = "") {
  const length = Buffer.byteLength(text);
  if (length > LONG_MAX) throw new Error(`a frame of the load has ${length} bytes`);
  const head = length <= SHORT_MAX ? 2 : 4;
  const bytes = Buffer.alloc(head + 4 + length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = MASKED | (length <= SHORT_MAX ? length : SHORT_MAX + 1);
  if (length > SHORT_MAX) bytes.writeUInt16BE(length, 2);
  bytes.write(text, head + 4);
  return bytes;
}

const HEADERS_END = "\r\n\r\n";

/**
 * As {@link frameReader}: frames begin behind the head of the answer to the handshake.
 * @param {(opcode: number, start: string) => void} onFrame
 * @param {number} [startBytes]
 * @returns {(bytes: Uint8Array) => void}
 */
export function answerReader(onFrame, startBytes) {
  const frames = frameReader(onFrame, startBytes);
  /** @type {string | undefined} */
  let headers = "";
  return (bytes) => {
    if (headers === undefined) return frames(bytes);
    const before = headers.length;
    headers += Buffer.from(bytes).toString("latin1");
    const end = headers.indexOf(HEADERS_END);
    if (end < 0) return;
    headers = undefined;
    frames(bytes.subarray(end + HEADERS_END.length - before));
  };
}

/** The request for a socket. @param {string} url of the server */
export const handshake = (url) =>
  [
    "GET /v1/ws HTTP/1.1",
    `Host: ${new URL(url).host}`,
    `Origin: ${url}`, // as the demo page sends it: by default a server admits no other
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
  ].join("\r\n") + HEADERS_END;

/** @param {Buffer} held @param {number} [at] where the frame begins */
function headOf(held, at = 0) {
  const short = held[at + 1] ?? 0;
  if (short <= SHORT_MAX) return 2;
  return short === SHORT_MAX + 1 ? 4 : HEAD_BYTES_MAX;
}

/** @param {Buffer} held @param {number} [at] where the frame begins */
function lengthOf(held, at = 0) {
  const short = held[at + 1] ?? 0;
  if (short <= SHORT_MAX) return short;
  return short === SHORT_MAX + 1 ? held.readUInt16BE(at + 2) : Number(held.readBigUInt64BE(at + 2));
}
