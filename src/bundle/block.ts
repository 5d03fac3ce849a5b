/** A writer of S2 puts at most so much into one block. */
const BLOCK_BYTES_MAX = 4 * 1024 * 1024;

/** The lengths that a repeat may say in one, two and three bytes begin here. */
const LONGER = [4, 0x100, 0x1_00_00] as const;

/** A place in a block that is read, and how far back the last copy reached. */
interface Reading {
  readonly from: Buffer;
  at: number;
  offset: number;
}

/**
 * Decompresses one block of S2, which is Snappy with one more word: a copy of offset 0 repeats the last
 * offset, and may be long.
 * @throws Error when it is damaged.
 */
export function decodeBlock(from: Buffer): Buffer {
  const reading: Reading = { from, at: 0, offset: 0 };
  const length = uvarint(reading);
  if (length > BLOCK_BYTES_MAX) throw new Error(`it has a block of ${length} bytes`);
  const to = Buffer.allocUnsafe(length);
  let end = 0;
  while (reading.at < from.length) {
    const tag = next(reading, 1);
    const size = (tag & 3) === 0 ? literal(reading, tag) : copy(reading, tag);
    if (end + size > length) throw damaged();
    if ((tag & 3) === 0) {
      if (reading.at + size > from.length) throw damaged();
      from.copy(to, end, reading.at, reading.at + size);
      reading.at += size;
    } else repeat(to, end, size, reading.offset);
    end += size;
  }
  if (end !== length) throw damaged();
  return to;
}

/** Bytes that follow as they are. */
function literal(reading: Reading, tag: number): number {
  const length = tag >> 2;
  return 1 + (length < 60 ? length : next(reading, length - 59));
}

/** Bytes that are as those at `offset` before. */
function copy(reading: Reading, tag: number): number {
  const kind = tag & 3;
  if (kind === 1) return short(reading, tag);
  reading.offset = next(reading, kind === 2 ? 2 : 4);
  return 1 + (tag >> 2);
}

function short(reading: Reading, tag: number): number {
  const offset = ((tag & 0xe0) << 3) | next(reading, 1);
  const length = (tag >> 2) & 7;
  if (offset !== 0) {
    reading.offset = offset;
    return 4 + length;
  }
  // The lengths 5, 6, 7 say that one, two, three bytes with the rest of it follow.
  return 4 + (length < 5 ? length : next(reading, length - 4) + (LONGER[length - 5] ?? 0));
}

/** The copy may reach into what it writes: then it repeats a pattern. */
function repeat(to: Buffer, end: number, size: number, offset: number): void {
  if (offset === 0 || offset > end) throw damaged();
  if (offset >= size) to.copy(to, end, end - offset, end - offset + size);
  else for (let i = 0; i < size; i++) to[end + i] = to[end + i - offset] ?? 0;
}

/** The next number of so many bytes. */
function next(reading: Reading, bytes: number): number {
  const { from, at } = reading;
  if (at + bytes > from.length) throw damaged();
  reading.at += bytes;
  return from.readUIntLE(at, bytes);
}

function uvarint(reading: Reading): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
    const byte = next(reading, 1);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw damaged();
}

const damaged = (): Error => new Error("a block is damaged");
