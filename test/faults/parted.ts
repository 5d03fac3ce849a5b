import { onTestFinished } from "vitest";
import { startPlaced } from "../broker/placed.ts";
import type { App } from "../support/app.ts";
import type { Broker } from "../support/broker.ts";
import { server } from "./support.ts";

/** A server of two partitions, and the broker on which the streams lie that are set apart: everything of the second. */
export async function parted(apart?: RegExp): Promise<{ app: App; home: Broker }> {
  const { home, rest } = await startPlaced(apart);
  const app = await server({
    NATS_URL: rest.url,
    NATS_MONITOR_URL: rest.monitorUrl,
    PARTITIONS: "2",
  });
  return { app, home };
}

/** Looks at readiness again and again; returns the statuses that it has had. */
export function watchReadiness(app: App): ReadonlySet<number> {
  const seen = new Set<number>();
  const look = setInterval(() => {
    fetch(`${app.url}/readyz`).then(
      ({ status }) => seen.add(status),
      () => seen.add(0),
    );
  }, 200);
  onTestFinished(() => clearInterval(look));
  return seen;
}
