import { ask } from "./ask.mjs";

/** A process that does not answer by then is said to be silent. */
const ANSWER_MS = 1_500;

/** A line about a process. @param {import("./state.mjs").Running} running @param {string} [ca] The authority of its certificate, in PEM. */
export async function statusOf({ name, pid, health }, ca) {
  if (pid === null) return line(name, "-", "ended: it is started again");
  try {
    const answer = await ask(health ?? "", { ca, ms: ANSWER_MS });
    const how = answer.ok ? "ready" : "not ready";
    const more = name.startsWith("nats-") ? "" : await figures(health ?? "");
    return line(name, pid, `${how}${more}`);
  } catch {
    return line(name, pid, "no answer");
  }
}

/** Sessions of a gateway, streams that a host runs, how far views are behind. @param {string} health */
async function figures(health) {
  const { text } = await ask(new URL("/metrics", health).href, { ms: ANSWER_MS });
  const sessions = /^posthorn_sessions (\d+)$/m.exec(text)?.[1];
  const streams = [...text.matchAll(/^posthorn_actors_lag_entries\{stream="MAILBOX_(\d+)"\}/gm)];
  const behind = [...text.matchAll(/^posthorn_views_lag_entries\{[^}]*\} (\d+)$/gm)];
  return [
    sessions && `, ${sessions} sessions`,
    streams.length > 0 && `, partitions ${streams.map(([, k]) => k).join(" ")}`,
    behind.length > 0 &&
      `, ${behind.reduce((sum, [, lag]) => sum + Number(lag), 0)} entries behind`,
  ]
    .filter(Boolean)
    .join("");
}

/** @param {string} name @param {number | string} pid @param {string} says */
const line = (name, pid, says) => `${name.padEnd(14)} ${String(pid).padStart(7)}  ${says}`;
