import { UNNAMED } from "../outbox/entry.ts";
import { randomName } from "../randomname.ts";
import type { Meta } from "../storage/storage.ts";

/** The meta of a device of which nothing is known yet. */
export const newMeta = (): Meta => ({ deviceId: randomName(), login: UNNAMED, sends: [] });

/** The application's word on the device and its user, which counts more than the storage's. */
export interface Owner {
  readonly deviceId?: string;
  /** The only one whose this may be. */
  readonly user?: string;
}

export const owned = (meta: Meta, { deviceId = meta.deviceId, user = meta.user }: Owner): Meta => ({
  ...meta,
  deviceId,
  ...(user && { user }),
});

/** Was somebody else logged in, who has not logged out? */
export const isAnothers = (stored: Meta | undefined, { user }: Owner): boolean =>
  user !== undefined && stored?.user !== undefined && stored.user !== user;
