import { vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import type { Wanted } from "../../src/nats/streams.ts";
import { ensureTopology, type Topology } from "../../src/nats/topology.ts";
import { PATIENCE } from "./patience.ts";

/** The streams, made, as a start waits for them: a broker that has just begun may be slow, or have no leader yet. */
export const streamsOf = ({ nc }: Pick<Link, "nc">, wish: Wanted): Promise<Topology> =>
  vi.waitFor(() => ensureTopology(nc, wish), { ...PATIENCE, interval: 100 });
