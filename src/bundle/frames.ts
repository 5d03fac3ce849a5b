import { decodeBlock } from "./block.ts";
import { crc32c } from "./checksum.ts";

/** Kinds of chunks of a framed stream (the Snappy framing format, which S2 extends). */
const COMPRESSED = 0x00;
const PLAIN = 0x01;
/** From here on a chunk may be passed over. */
const SKIPPABLE = 0x80;
const IDENTIFIER = 0xff;
const NAMES = ["S2sTwO", "sNaPpY"];
const HEADER_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** A writer may put so much into one chunk (S2: 4 MiB), and compression makes it no larger than this. */
const CHUNK_BYTES_MAX = 5 * 1024 * 1024;

/**
 * Takes a compressed stream apart, as nats-server writes its snapshots: S2 in frames, each with a checksum
 * of what it was made of.
 */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  /** Gives out what is complete now. @throws Error when it is no such stream, or is damaged. */
  *push(bytes: Uint8Array): Generator<Buffer> {
    let rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    for (let size = sizeOf(rest); size !== undefined && rest.length >= size; size = sizeOf(rest)) {
      const plain = this.#plain(rest[0] ?? 0, rest.subarray(HEADER_BYTES, size));
      if (plain !== undefined) yield plain;
      rest = rest.subarray(size);
    }
    this.#rest = rest;
  }

  /** @throws Error when the stream ends within a frame, or was none. */
  end(): void {
    if (!this.#begun || this.#rest.length > 0) throw new Error("it ends in the middle");
  }

  #plain(kind: number, body: Buffer): Buffer | undefined {
    if (kind === IDENTIFIER) {
      if (!NAMES.includes(body.toString("latin1"))) throw new Error("it is no compressed stream");
      this.#begun = true;
      return undefined;
    }
    if (!this.#begun) throw new Error("it is no compressed stream");
    if (kind >= SKIPPABLE) return undefined;
    if (kind !== COMPRESSED && kind !== PLAIN) throw new Error(`it has a frame of kind ${kind}`);
    const content = body.subarray(CHECKSUM_BYTES);
    const plain = kind === PLAIN ? content : decodeBlock(content);
    if (masked(crc32c(plain)) !== body.readUInt32LE(0)) throw new Error("a frame is damaged");
    return plain;
  }
}

/** Bytes of the frame that begins here; undefined: too few are there to know. */
function sizeOf(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const size = HEADER_BYTES + bytes.readUIntLE(1, 3);
  if (size > CHUNK_BYTES_MAX) throw new Error(`it has a frame of ${size} bytes`);
  return size;
}

/** A checksum as it stands in a frame. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
