import {
  expectations,
  expecting,
  isConfirmed,
  type Ask,
  type Heard,
} from "../../src/gateway/routes/expectations.ts";
import type { Routed } from "../../src/protocol/internal/routes.ts";

export const STEP_MS = 100;
export const BEAT_MS = 1_000;
/** A gateway that hears things, and what it asks for. */
export function gateway(streams = 1) {
  let state = expecting(streams, 0);
  const asks: (Ask & { at: number })[] = [];
  let now = 0;
  const hear = (heard: Heard): void => {
    const [next, asked] = expectations(state, heard, now);
    state = next;
    asks.push(...asked.map((ask) => ({ ...ask, at: now })));
  };
  return {
    asks,
    hear,
    get now() {
      return now;
    },
    get hosts() {
      return state.hosts.size;
    },
    confirms: (k = 0) => isConfirmed(state, k, now),
    beat: (host: string, n: number, ...beat: Routed[]) => hear({ type: "parcel", host, n, beat }),
    batch: (host: string, n: number) => hear({ type: "parcel", host, n }),
    /** Time passes in steps; `each` is called before each of them. */
    pass(ms: number, each: (at: number) => void = () => undefined, stored = 0): void {
      for (const end = now + ms; now < end;) {
        now += STEP_MS;
        each(now);
        hear({ type: "time", stored: new Map(stored > 0 ? [[0, stored]] : []) });
      }
    },
  };
}

export const routed = (upTo: number, claim = 0, k = 0): Routed => ({ k, claim, upTo });
