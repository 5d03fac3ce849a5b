import type { Logger } from "pino";
import type {
  GroupRecord,
  Moved,
  Numbers,
  Parcel,
  Routed,
  RouteRecord,
  Routing,
} from "../protocol/internal/routes.ts";

type Hear = (record: GroupRecord) => void;

/** Routes to the gateways of this process: a call with the values as they are (docs/adr/0011). */
export class LocalRouting implements Routing {
  readonly #gateways = new Map<string, (parcel: Parcel) => void>();
  /** By group, those who follow it. */
  readonly #groups = new Map<string, Set<Hear>>();
  readonly #numbers: Numbers;
  readonly #log: Logger;

  constructor(numbers: Numbers, log: Logger) {
    this.#numbers = numbers;
    this.#log = log;
  }

  near(): Iterable<string> {
    return this.#gateways.keys();
  }

  has(gatewayId: string): boolean {
    return this.#gateways.has(gatewayId);
  }

  route(gatewayId: string, records: readonly RouteRecord[]): void {
    this.#hand(gatewayId, records);
  }

  beat(gatewayId: string, streams: readonly Routed[], moved?: readonly Moved[]): void {
    this.#hand(gatewayId, [], { beat: streams, moved });
  }

  spread(group: string, record: GroupRecord): void {
    for (const hear of this.#groups.get(group) ?? [])
      try {
        hear(record);
      } catch (error) {
        this.#log.error({ group, error }, "records not taken");
      }
  }

  attend(group: string, hear: Hear): () => void {
    const known = this.#groups.get(group) ?? new Set();
    this.#groups.set(group, known.add(hear));
    return () => {
      known.delete(hear);
      if (known.size === 0 && this.#groups.get(group) === known) this.#groups.delete(group);
    };
  }

  listen(gatewayId: string, hear: (parcel: Parcel) => void): () => void {
    this.#gateways.set(gatewayId, hear);
    return () => this.#gateways.delete(gatewayId);
  }

  #hand(
    gatewayId: string,
    records: readonly RouteRecord[],
    beats: Pick<Parcel, "beat" | "moved"> = {},
  ): void {
    const { host } = this.#numbers;
    try {
      const n = this.#numbers.next(gatewayId);
      this.#gateways.get(gatewayId)?.({ host, n, records, ...beats });
    } catch (error) {
      // A fault of the gateway is none of the actor's that has routed.
      this.#log.error({ gatewayId, error }, "records not taken");
    }
  }
}

/** To a gateway of this process by a call, to any other by `remote`. */
export const nearest = (local: LocalRouting, remote: Routing): Routing => {
  const way = (gatewayId: string): Routing => (local.has(gatewayId) ? local : remote);
  return {
    route: (gatewayId, records) => way(gatewayId).route(gatewayId, records),
    beat: (gatewayId, streams, moved) => way(gatewayId).beat(gatewayId, streams, moved),
    near: () => local.near(),
    // A gateway of this process hears it by the call, and its echo behind that, which it knows for a repeat.
    spread(group, record) {
      local.spread(group, record);
      remote.spread(group, record);
    },
    attend(group, hear) {
      const ends = [local.attend(group, hear), remote.attend(group, hear)];
      return () => {
        for (const end of ends) end();
      };
    },
    listen(gatewayId, hear) {
      const ends = [local.listen(gatewayId, hear), remote.listen(gatewayId, hear)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
};
