import type { NatsConnection } from "@nats-io/transport-node";
import type { Owner } from "../events/owner.ts";
import { HOST_SUBJECTS } from "./subjects.ts";

/** Every process says twice a second that it lives; so long one is listened for. */
const LISTEN_MS = 1_500;

/**
 * Does a process run that says so on `host.*`? At once where no stream has an owner: then none runs actors.
 * @param owners the streams' last words about themselves.
 * @throws Error when this user may not listen, or the broker does not answer.
 */
export async function isAnyHeard(
  nc: NatsConnection,
  owners: readonly Pick<Owner, "owner">[],
): Promise<boolean> {
  if (owners.every(({ owner }) => owner === undefined)) return false;
  return new Promise<boolean>((resolve, reject) => {
    const over = (): void => {
      clearTimeout(late);
      beats.unsubscribe();
    };
    const beats = nc.subscribe(HOST_SUBJECTS, {
      callback: (refused) => {
        over();
        if (refused === null) resolve(true);
        else reject(refused);
      },
    });
    const late = setTimeout(() => {
      over();
      resolve(false);
    }, LISTEN_MS);
  });
}
