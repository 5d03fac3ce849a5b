// WebSocket frames (RFC 6455, section 5.2) as a load needs them that neither keeps nor believes what it reads.

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
 * @param {(opcode: number, start: string) => void} onFrame is told of each frame, and the first 16 bytes of what it holds
 * @returns {(bytes: Uint8Array) => void}
 */
export function frameReader(onFrame) {
  const held = Buffer.alloc(HEAD_BYTES_MAX + START_BYTES);
  let has = 0;
  let passed = 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      const passing = Math.min(passed, bytes.length - at);
      passed -= passing;
      at += passing;
      if (at === bytes.length) return;
      held[has++] = bytes[at++] ?? 0;
      const head = headOf(held);
      if (has < head) continue;
      const length = lengthOf(held);
      const start = Math.min(length, START_BYTES);
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

/** @param {Buffer} held */
function headOf(held) {
  const short = held[1] ?? 0;
  if (short <= SHORT_MAX) return 2;
  return short === SHORT_MAX + 1 ? 4 : HEAD_BYTES_MAX;
}

/** @param {Buffer} held */
function lengthOf(held) {
  const short = held[1] ?? 0;
  if (short <= SHORT_MAX) return short;
  return short === SHORT_MAX + 1 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
}
