import * as z from "zod";
import { monitored } from "./monitor.ts";

/** The routes of a server to the others of its cluster, as its monitoring port has them. */
const Routes = z.object({
  server_name: z.string(),
  routes: z.array(z.object({ rid: z.int(), rtt: z.string().default("") })),
});
type Routes = z.infer<typeof Routes>;

/** Servers that ping each other each 2 s have done it twice within this. */
const WATCHED_MS = 5_000;

/** A server's routes, and how many of them were pinged while they were watched. */
export interface RoutePings {
  readonly server: string;
  readonly routes: number;
  readonly pinged: number;
}

/**
 * Watches for 5 s whether servers ping each other as often as they ought to (docs/adr/0055). Their setting is told nowhere, but the time
 * that the last ping took changes with each. A server without routes, or one that does not answer, is not in it.
 * @param monitors monitoring addresses.
 * @param ca the authorities of their certificates ({@link monitored}).
 */
export async function routePings(
  monitors: readonly string[],
  ca: string | undefined,
): Promise<RoutePings[]> {
  const look = (): Promise<(Routes | undefined)[]> =>
    Promise.all(monitors.map((monitor) => monitored(monitor, "/routez", Routes, ca)));
  const first = await look();
  if (first.every((server) => (server?.routes.length ?? 0) === 0)) return [];
  await new Promise((done) => setTimeout(done, WATCHED_MS));
  const second = await look();
  return first.flatMap((before, i) => pingsOf(before, second[i]));
}

function pingsOf(before: Routes | undefined, after: Routes | undefined): RoutePings[] {
  if (before === undefined || after === undefined) return [];
  const times = new Map(before.routes.map(({ rid, rtt }) => [rid, rtt]));
  const watched = after.routes.filter(({ rid }) => times.has(rid));
  if (watched.length === 0) return [];
  const pinged = watched.filter(({ rid, rtt }) => times.get(rid) !== rtt);
  return [{ server: after.server_name, routes: watched.length, pinged: pinged.length }];
}

/** Are most of its routes pinged so often? Two times that are the same by chance are not two. */
export const isSoonPinged = ({ routes, pinged }: RoutePings): boolean => pinged * 2 > routes;
