import type { Event } from "../../events/event.ts";
import { FIRST_RULES, rulesFor } from "../../events/since.ts";
import { lastOwner } from "../owners.ts";
import { numberOf } from "../subjects.ts";
import type { Topology } from "../topology.ts";

/** A stream whose rules are too low for something is looked at again so often: they rise once in an upgrade. */
const LOOK_MS = 2_000;

/** May an entry of this type be stored at the subject now, so that everybody who reads it knows the type? */
export type Admits = (subject: string, type: Event["type"]) => boolean;

/** Where no rules are known: any. */
export const ANY_TYPE: Admits = () => true;

/**
 * Entries are admitted to a stream by the rules that it says of itself, as far as this process has heard; what is heard late keeps an
 * entry out for longer than needed, and lets none in too early, since rules only rise (docs/adr/0047).
 * @param now ms of a clock that only goes forward.
 * @param rulesOf by type, for specs: today all are of the first rules.
 */
export function admission(
  { destinationAt, owners, jsm }: Pick<Topology, "destinationAt" | "owners" | "jsm">,
  now: () => number,
  rulesOf: (type: Event["type"]) => number = rulesFor,
): Admits {
  const lookedAt = new Map<number, number>();
  const look = (k: number): void => {
    if (now() - (lookedAt.get(k) ?? Number.NEGATIVE_INFINITY) < LOOK_MS) return;
    lookedAt.set(k, now());
    lastOwner(jsm, k)
      .then((last) => {
        if (last !== undefined && last.seq > owners.of(k).seq) owners.replace(k, last);
      })
      // The next one that is kept out has it looked at again; of another layout the process is told otherwise.
      .catch(() => undefined);
  };
  return (subject, type) => {
    const rules = rulesOf(type);
    if (rules === FIRST_RULES) return true;
    const k = numberOf(destinationAt(subject).stream);
    if (k === undefined || owners.of(k).owner.rules >= rules) return true;
    look(k);
    return false;
  };
}
