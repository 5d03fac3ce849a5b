import type { StreamInfo } from "@nats-io/jetstream";
import { ExchangeError } from "../bundle/exchange.ts";
import { isNumbered } from "../subjects.ts";
import type { Present } from "./observation.ts";

/**
 * Looks whether the streams can be split: every replica has everything, and no mirror of somebody else's answers direct gets in a
 * stream's name, since Posthorn may be told of it that an entry is not there. (Mirrors of a split that runs are its own.)
 * @throws ExchangeError that names the stream.
 */
export function assertFit(streams: Present): void {
  for (const info of streams.values()) {
    const { name, mirror, mirror_direct: answers } = info.config;
    if (isNumbered(name)) assertWhole(info);
    else if (answers && mirror !== undefined && isNumbered(mirror.name))
      throw new ExchangeError(
        `${name} is a mirror of ${mirror.name}, and answers direct gets in its name: remove it, or make it a source`,
      );
  }
}

function assertWhole({ config: { name }, cluster }: StreamInfo): void {
  if (cluster === undefined || cluster.name === undefined) return;
  if (!cluster.leader) throw new ExchangeError(`${name} has no leader: wait until it has`);
  const late = cluster.replicas?.find(
    ({ current, offline, lag }) => !current || offline || (lag ?? 0) > 0,
  );
  if (late !== undefined)
    throw new ExchangeError(`${name} has a replica that is behind, on ${late.name}: wait for it`);
}
