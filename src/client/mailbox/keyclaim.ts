import type { OutboxEntry } from "../outbox/entry.ts";
import type { Disk } from "./disk.ts";
import type { Saving } from "./saving.ts";

interface Ports {
  disk: Disk;
  saving: Saving;
}

/** The storage's word on a send with a key. `busy`: another client asks for the same key just now. */
export type KeyVerdict = "first" | "known" | "busy";

/**
 * Asks the storage, before a send with a key first goes out, whether another client has one with the same key.
 * A claim keeps the others out between the question and the mark. A storage that fails knows of none.
 */
export async function claimKey(
  { disk, saving }: Ports,
  { cid, key = "" }: OutboxEntry,
  mark: () => void,
): Promise<KeyVerdict> {
  const claim = `key:${key}`;
  if (!(await disk.claim(claim))) return "busy";
  try {
    await saving.settled();
    const entries = (await disk.outbox()) ?? [];
    const isFirst = (other: OutboxEntry): boolean =>
      other.key === key && other.cid !== cid && other.asked === true;
    if (entries.some(isFirst) || (await disk.done(key))?.length) return "known";
    mark();
    await saving.settled();
    return "first";
  } finally {
    disk.release((name) => name === claim);
  }
}
