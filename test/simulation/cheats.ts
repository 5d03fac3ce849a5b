import { Deaths } from "../../src/actors/deaths.ts";
import { Progress } from "../../src/actors/progress.ts";
import type { Copy } from "../../src/events/copy.ts";
import { seqOf } from "../../src/events/position.ts";
import { Lanes } from "../../src/nats/publish/lanes.ts";
import { isReceipt } from "../../src/rules/receipts.ts";
import { kvStream, kvSubject } from "../../src/nats/subjects.ts";
import { GATEWAYS } from "../../src/nats/streams.ts";
import { but, patched, type Cheat } from "./cheat.ts";
import { GROUP_CHEATS } from "./groupcheats.ts";
import type { Stored } from "./stream.ts";

type Put = Lanes["put"];
const isCopy = (event: object): boolean => "cause" in event;

/** Of each negative control what it breaks. */
export const CHEATS = {
  "a read trusts a replica that is behind": {
    begin: (cluster) => void (cluster.lies = true),
  },
  "a gateway trusts the routes: gaps and silence mean nothing to it": {
    gateway: (world) =>
      but(world, {
        heads: async () => new Map(),
        state: (user, sessionId, event, again) =>
          event.type === "HeadAsked"
            ? Promise.reject(new Error("nobody is asked"))
            : world.state(user, sessionId, event, again),
      }),
  },
  "a lane gives up, and goes on": {
    begin({ random }) {
      const real: Put = Lanes.prototype.put;
      return patched(Lanes.prototype, "put", function (this: Lanes, ...given: Parameters<Put>) {
        const [, , event] = given;
        if (!isCopy(event) || random() > 0.05) return real.apply(this, given);
        return Promise.resolve({ seq: 0, duplicate: false, event });
      });
    },
  },
  "each copy has a lane of its own": {
    begin() {
      const real: Put = Lanes.prototype.put;
      let n = 0;
      return patched(Lanes.prototype, "put", function (this: Lanes, ...given: Parameters<Put>) {
        const [lane, subject, event, options] = given;
        return real.call(this, isCopy(event) ? `${lane}#${n++}` : lane, subject, event, options);
      });
    },
  },
  "a session is closed for a gateway that was not declared dead": {
    begin(cluster) {
      const real = Deaths.prototype.has;
      const words = cluster.stream(kvStream(GATEWAYS));
      const isSilent = (gatewayId: string): boolean => {
        const last = words.lastOf(kvSubject(GATEWAYS, gatewayId), words.end);
        return last !== undefined && cluster.time.now - last.at > 3_000;
      };
      return patched(Deaths.prototype, "has", function (this: Deaths, gatewayId: string) {
        return real.call(this, gatewayId) || isSilent(gatewayId);
      });
    },
  },
  "an owner begins one entry too far": {
    begin(cluster) {
      cluster.forge = (entry: Stored) => {
        if (!/^checkpoint\.\d\.reached$/.test(entry.subject)) return entry;
        const saved = JSON.parse(entry.data) as { position: number };
        const stream = cluster.stream(`MAILBOX_${entry.subject.split(".")[1]}`);
        const position = Math.min(stream.end, saved.position + 1);
        return { ...entry, data: JSON.stringify({ ...saved, position }) };
      };
    },
  },
  "a checkpoint is saved of what is folded": {
    begin: () =>
      patched(Progress.prototype, "checkpoint", function (this: Progress) {
        return this.last;
      }),
  },
  "a send is acknowledged before it is stored": {
    gateway: (world) =>
      but(world, {
        state(user, sessionId, event, again) {
          const stored = world.state(user, sessionId, event, again);
          if (event.type !== "MessageSent") return stored;
          stored.catch(() => undefined);
          return Promise.resolve({ seq: 1, duplicate: false });
        },
      }),
  },
  "nobody drops repeats": { showsRepeats: true },
  "receipts may fall: an actor says an older one again": {
    begin({ random }) {
      const real: Put = Lanes.prototype.put;
      const first = new Map<string, Copy>();
      return patched(Lanes.prototype, "put", function (this: Lanes, ...given: Parameters<Put>) {
        const [lane, subject, event, options] = given;
        if (!("cause" in event) || !isReceipt(event)) return real.apply(this, given);
        const older = first.get(lane) ?? event;
        first.set(lane, older);
        const said = random() < 0.2 ? { ...older, cause: event.cause } : event;
        return real.call(this, lane, subject, said, options);
      });
    },
  },
  "the cause of a copy has no generation": {
    begin() {
      const real: Put = Lanes.prototype.put;
      return patched(Lanes.prototype, "put", function (this: Lanes, ...given: Parameters<Put>) {
        const [lane, subject, event, options] = given;
        const bare = "cause" in event ? { ...event, cause: seqOf(event.cause) } : event;
        return real.call(this, lane, subject, bare, options);
      });
    },
  },
  "a stream that is made anew begins in no generation of its own": {
    begin: (cluster) => void (cluster.forgetsLives = true),
  },
  "a backup is put back, and no generation begins": {
    begin: (cluster) => void (cluster.forgetsLives = true),
  },
  "two of three stores are put back, and nobody says so": {
    begin: (cluster) => void (cluster.isRolledBackUntold = true),
  },
  ...GROUP_CHEATS,
} satisfies Record<string, Cheat>;
export type CheatName = keyof typeof CHEATS;
