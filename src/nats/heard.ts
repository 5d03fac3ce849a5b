import type { NatsConnection } from "@nats-io/transport-node";
import type { Owner } from "../events/owner.ts";
import { HOST_SUBJECTS } from "./subjects.ts";

/** A host of actors says twice a second that it lives, a process of other roles every 2 s; so long one is listened for. */
const LISTEN_MS = 2_500;

/** The subject of the first process that says on `host.*` that it lives; undefined: none was heard. @throws Error when this user may not listen. */
export function hostHeard(nc: NatsConnection, ms = LISTEN_MS): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      clearTimeout(late);
      beats.unsubscribe();
    };
    const beats = nc.subscribe(HOST_SUBJECTS, {
      callback: (refused, { subject }) => {
        over();
        if (refused === null) resolve(subject);
        else reject(refused);
      },
    });
    const late = setTimeout(() => {
      over();
      resolve(undefined);
    }, ms);
  });
}

/**
 * Does a process run? At once where no stream has an owner: then none runs actors.
 * @param owners the streams' last words about themselves.
 * @throws Error when this user may not listen, or the broker does not answer.
 */
export const isAnyHeard = async (
  nc: NatsConnection,
  owners: readonly Pick<Owner, "owner">[],
): Promise<boolean> =>
  owners.some(({ owner }) => owner !== undefined) && (await hostHeard(nc)) !== undefined;
