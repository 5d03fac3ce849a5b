import { setTimeout as pause } from "node:timers/promises";
import { StartError } from "../run.mjs";
import { ask } from "./ask.mjs";

/** Nobody else has become ready for so long: on a slow machine each step of a start takes some ten seconds. */
const STUCK_MS = 120_000;
const LOOK_MS = 200;
/** One that is asked answers within this, or is asked again. */
const ANSWER_MS = 2_000;
/** Between two words about who is waited for. */
const SAY_MS = 10_000;

/** @typedef {{ member: { readonly name: string }, health: string }} Part */

/**
 * Waits until each of them says that it is ready, however many they are, as long as one after the other is: a machine with two cores
 * starts fifteen processes in a minute or two. Now and then it says who is waited for, and why.
 * @param {readonly Part[]} parts
 * @param {{ ca: string | undefined, signal: AbortSignal, say: (line: string) => void, now?: () => number }} how `ca`: the certificate of the authority, in PEM.
 * `now`: ms of any clock.
 * @throws {StartError} when nobody else has become ready for two minutes.
 */
export async function allReady(parts, { ca, signal, say, now = Date.now }) {
  /** By those who are not ready, the reason. @type {Map<Part, string>} */
  const waiting = new Map(parts.map((part) => [part, "no answer"]));
  const since = now();
  let movedAt = since;
  let saidAt = since;
  for (; waiting.size > 0; await pause(LOOK_MS)) {
    signal.throwIfAborted();
    const before = waiting.size;
    await Promise.all([...waiting.keys()].map((part) => look(part, waiting, ca)));
    const at = now();
    if (waiting.size < before) movedAt = at;
    if (waiting.size > 0 && at - movedAt > STUCK_MS)
      throw new StartError(
        `nobody else has become ready for ${STUCK_MS / 1_000} s, not ready: ${listed(waiting)}; see their logs`,
      );
    if (waiting.size === 0 || at - saidAt < SAY_MS) continue;
    saidAt = at;
    say(`  after ${Math.round((at - since) / 1_000)} s not ready yet: ${listed(waiting)}`);
  }
}

/** @param {Part} part @param {Map<Part, string>} waiting @param {string | undefined} ca */
async function look(part, waiting, ca) {
  const answer = await ask(part.health, { ca, ms: ANSWER_MS }).catch(() => undefined);
  if (answer?.ok) waiting.delete(part);
  else waiting.set(part, answer === undefined ? "no answer" : lacking(answer.text));
}

/** The conditions that a process lacks, as it says itself; a broker says it in words. @param {string} text */
function lacking(text) {
  try {
    const { ready: _, error, ...checks } = JSON.parse(text);
    const missing = Object.keys(checks).filter((name) => checks[name] === false);
    return error ?? (missing.length > 0 ? `without ${missing.join(", ")}` : "starting");
  } catch {
    return "starting";
  }
}

/** @param {Map<Part, string>} waiting */
const listed = (waiting) =>
  [...waiting].map(([{ member }, why]) => `${member.name} (${why})`).join(", ");
