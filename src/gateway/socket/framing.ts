/** The first byte of a text message in one frame (RFC 6455, section 5.2). */
const TEXT = 0x81;
/** Lengths up to here stand in the second byte; two bytes behind it hold the longer, eight the longest. */
const SHORT_MAX = 125;
const LONG_MAX = 0xffff;
const [TWO_BYTES, EIGHT_BYTES] = [126, 127];

/** Text messages as a server sends them, unmasked, one behind the other in one piece of memory. */
export function framed(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(
    lengths.reduce((sum, length) => sum + headOf(length) + length, 0),
  );
  let at = 0;
  for (const [i, text] of texts.entries()) {
    at = writeHead(bytes, at, lengths[i] ?? 0);
    at += bytes.write(text, at);
  }
  return bytes;
}

const headOf = (length: number): number => {
  if (length <= SHORT_MAX) return 2;
  return length <= LONG_MAX ? 4 : 10;
};

/** Writes the head of a message of that length; returns where its text begins. */
function writeHead(bytes: Buffer, at: number, length: number): number {
  bytes[at] = TEXT;
  if (length <= SHORT_MAX) {
    bytes[at + 1] = length;
    return at + 2;
  }
  if (length <= LONG_MAX) {
    bytes[at + 1] = TWO_BYTES;
    return bytes.writeUInt16BE(length, at + 2);
  }
  bytes[at + 1] = EIGHT_BYTES;
  // No message has 2^32 bytes.
  return bytes.writeUInt32BE(length, bytes.writeUInt32BE(0, at + 2));
}
