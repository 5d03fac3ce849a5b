import type { Logger } from "pino";
import type { RouteRecord, Routing } from "../protocol/internal/routes.ts";

/** Routes to the gateways of this process: a call with the values as they are (docs/adr/0011). */
export class LocalRouting implements Routing {
  readonly #gateways = new Map<string, (records: Iterable<RouteRecord>) => void>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  has(gatewayId: string): boolean {
    return this.#gateways.has(gatewayId);
  }

  route(gatewayId: string, records: readonly RouteRecord[]): void {
    try {
      this.#gateways.get(gatewayId)?.(records);
    } catch (error) {
      // A fault of the gateway is none of the actor's that has routed.
      this.#log.error({ gatewayId, error }, "records not taken");
    }
  }

  listen(gatewayId: string, hear: (records: Iterable<RouteRecord>) => void): () => void {
    this.#gateways.set(gatewayId, hear);
    return () => this.#gateways.delete(gatewayId);
  }
}

/** To a gateway of this process by a call, to any other by `remote`. */
export const nearest = (local: LocalRouting, remote: Routing): Routing => ({
  route: (gatewayId, records) => (local.has(gatewayId) ? local : remote).route(gatewayId, records),
  listen(gatewayId, hear) {
    const ends = [local.listen(gatewayId, hear), remote.listen(gatewayId, hear)];
    return () => {
      for (const end of ends) end();
    };
  },
});
