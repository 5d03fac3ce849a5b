import type { Logger } from "pino";
import type { Numbers, Parcel, Routed, RouteRecord, Routing } from "../protocol/internal/routes.ts";

/** Routes to the gateways of this process: a call with the values as they are (docs/adr/0011). */
export class LocalRouting implements Routing {
  readonly #gateways = new Map<string, (parcel: Parcel) => void>();
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

  beat(gatewayId: string, streams: readonly Routed[]): void {
    this.#hand(gatewayId, [], streams);
  }

  listen(gatewayId: string, hear: (parcel: Parcel) => void): () => void {
    this.#gateways.set(gatewayId, hear);
    return () => this.#gateways.delete(gatewayId);
  }

  #hand(gatewayId: string, records: readonly RouteRecord[], beat?: readonly Routed[]): void {
    const { host } = this.#numbers;
    try {
      const n = this.#numbers.next(gatewayId);
      this.#gateways.get(gatewayId)?.({ host, n, records, beat });
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
    beat: (gatewayId, streams) => way(gatewayId).beat(gatewayId, streams),
    near: () => local.near(),
    listen(gatewayId, hear) {
      const ends = [local.listen(gatewayId, hear), remote.listen(gatewayId, hear)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
};
