import type { Invariant } from "./invariant.ts";

/** From the end of the last fault on, a message is acknowledged within so long. */
const FIRST_MS = 30_000;

/** I14: everything comes back by itself. */
export const recovery: Invariant = {
  id: "I14",
  promise: "everything comes back by itself",
  breaches({ lines, sendings }) {
    const healed = lines.findLast(({ what }) => what === "healed")?.at;
    if (healed === undefined) return ["the run was broken off before it was healed"];
    const after = [...sendings.values()].filter(({ at }) => at >= healed);
    const first = Math.min(...after.flatMap(({ acks }) => acks.map(({ at }) => at)));
    const late =
      after.length > 0 && first - healed > FIRST_MS
        ? [`no message was acknowledged within ${FIRST_MS / 1_000} s of the end of the faults`]
        : [];
    const quiet = lines.findLast((line) => line.what === "quiet");
    const unready = lines.flatMap((line) =>
      line.what === "unready"
        ? [
            `at ${Math.round(line.at)} ms ${line.processes.join(", ")} had not come back from a fault`,
          ]
        : [],
    );
    const lacks = quiet?.settled === true ? [] : (quiet?.lacks ?? ["nobody came to rest"]);
    return [...late, ...unready, ...lacks];
  },
};
