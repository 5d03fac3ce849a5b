/** No build, but the disks of two of three brokers: what was acknowledged is lost, and that has to be noticed. */
export const MAJORITY = "old-majority";

/**
 * Builds that are broken on purpose, to see that the harness notices: by name, what it does wrong, the promises one of
 * which has to be flagged, and what is changed in which file. A change is made as a process loads the file, never on the disk; each text stands once, in `src/` and in `dist/`.
 * @typedef {{ file: string, text: string, by: string }} Change
 * @typedef {{ does: string, promises: readonly string[], changes: readonly Change[] }} Build
 * @type {Readonly<Record<string, Build>>}
 */
export const BUILDS = {
  [MAJORITY]: {
    does: "two of three disks lose what was acknowledged",
    promises: ["I1"],
    changes: [],
  },
  "early-ack": {
    does: "a gateway acknowledges before it has stored",
    promises: ["I1"],
    changes: [
      {
        file: "gateway/session/sending",
        text: "const { seq, duplicate } = await parts.world.state(user, on.key.sessionId, fact);",
        by: "void parts.world.state(user, on.key.sessionId, fact).catch(() => undefined); const seq = 1, duplicate = false;",
      },
    ],
  },
  "no-repeats": {
    does: "a repeat is a message anew, for the broker and for every fold",
    promises: ["I3"],
    changes: [
      {
        file: "rules/sends",
        text: "return below === 0 || below >= WINDOW || ((known[2] >>> (below - 1)) & 1) === 1;",
        by: "return false;",
      },
      {
        file: "nats/names",
        text: "const id = `f:${event.author}:${event.cid}`;",
        by: "const id = `f:${event.author}:${event.cid}:${Math.random()}`;",
      },
    ],
  },
  "parallel-lanes": {
    does: "each copy has a lane of its own",
    promises: ["I1", "I17"],
    changes: [
      {
        file: "nats/publish/lanes",
        text: "const last = this.#lanes.get(lane);",
        by: 'if (this.#of === "copies") lane = `${lane} ${Math.random()}`; const last = this.#lanes.get(lane);',
      },
    ],
  },
  "hasty-lanes": {
    does: "a copy that is not stored within 3 s is given up, and the next goes on",
    promises: ["I1", "I17"],
    changes: [
      {
        file: "nats/publish/channel",
        text: "if (publication.lasting === true) return Number.POSITIVE_INFINITY;",
        by: "if (publication.lasting === true) return sentAt + 3_000;",
      },
      {
        file: "nats/publish/lanes",
        text: "this.#say(item, error);",
        by: "return item.stored(0, false);",
      },
    ],
  },
  "trusting-gateway": {
    does: "a gateway reads no heads: gaps and silence of routes mean nothing to it",
    promises: ["I16"],
    changes: [
      {
        file: "gateway/routes/expectations",
        text: "asks.push({ k, upTo: said.upTo });",
        by: "",
      },
      {
        file: "gateway/routes/expectations",
        text: "asks.push({ k, upTo: undefined });",
        by: "",
      },
      {
        file: "gateway/routes/expectations",
        text: "each === undefined || each.doubtful || now - each.goodAt > UNHEARD_MS",
        by: "each === undefined",
      },
      {
        file: "gateway/routes/expectations",
        text: "return !isBehind(each, now);",
        by: "return true;",
      },
    ],
  },
};
