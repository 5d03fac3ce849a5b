/**
 * Builds that are broken on purpose, to see that the harness notices: by name, what it does wrong, the promises one of
 * which has to be flagged (by a sentence that `says` this, where another fault of the run may flag it as well), how the plan of the faults is changed, and what is changed in
 * which file of `src/`, in which each text stands once.
 * @typedef {{ file: string, text: string, by: string }} Change
 * @typedef {"two old disks" | "late broker" | "leaders that step down" | "far hosts"} Shape
 * @typedef {{ does: string, promises: readonly string[], says?: RegExp, shape?: Shape, changes: readonly Change[] }} Build
 * @type {Readonly<Record<string, Build>>}
 */
export const BUILDS = {
  // No build, but the disks of two of three brokers: what was acknowledged is lost, and that has to be noticed.
  "old-majority": {
    does: "two of three disks lose what was acknowledged",
    promises: ["I1"],
    shape: "two old disks",
    changes: [],
  },
  "bare-cause": {
    does: "the cause of a copy has no generation, and a stream is rolled back",
    promises: ["I17"],
    says: /counts for nobody/,
    shape: "two old disks",
    changes: [
      {
        file: "nats/publish/copies",
        text: "const due = generation === 0 ? copy : { ...copy, in: generation };",
        by: "const bare = { ...copy, cause: copy.cause % 2 ** 44 }; const due = generation === 0 ? bare : { ...bare, in: generation };",
      },
    ],
  },
  "early-ack": {
    does: "a gateway acknowledges before it has stored",
    promises: ["I1"],
    // The seq that is said is none, of which I1 tells as well.
    says: /lacks it/,
    changes: [
      {
        file: "gateway/session/sending",
        text: "const { seq, duplicate } = await parts.world.state(user, on.key.sessionId, fact);",
        by: 'void parts.world.state(user, on.key.sessionId, fact).catch(() => undefined); const seq = on.session.is === "live" ? on.session.cursor.head + 1 : 1, duplicate = false;',
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
    promises: ["I1", "I10", "I17"],
    // A copy to a group is found missing by the auditor alone.
    says: /lacks it|counts for nobody|never came to its peer/,
    shape: "leaders that step down",
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
    promises: ["I1", "I10", "I17"],
    // A copy to a group is found missing by the auditor alone.
    says: /lacks it|counts for nobody|never came to its peer/,
    changes: [
      {
        file: "nats/publish/queue",
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
  "falling-receipts": {
    does: "a receipt is told and taken as it is said, also one below those before",
    promises: ["I6"],
    changes: [
      {
        file: "gateway/session/marks",
        text: "return claim.delivered > mark.delivered || claim.read > mark.read;",
        by: "return true;",
      },
      {
        file: "rules/watermarks",
        text: "const read = Math.max(now.read, Math.min(claim.read, sent));",
        by: "const read = Math.min(claim.read, sent);",
      },
      {
        file: "rules/watermarks",
        text: "const delivered = Math.max(now.delivered, Math.min(claim.delivered, sent), read);",
        by: "const delivered = Math.max(Math.min(claim.delivered, sent), read);",
      },
      {
        file: "rules/receipts",
        text: "if (b.delivered >= a.delivered && b.read >= a.read) return second;",
        by: "return second;",
      },
    ],
  },
  "undeclared-deaths": {
    does: "a host takes a gateway for dead that it has not heard of, and declares nothing",
    promises: ["I19"],
    changes: [
      {
        file: "actors/deaths",
        text: "const isDeclared = await this.#registry.declareDead(gatewayId, revision);",
        by: "const isDeclared = true;",
      },
    ],
  },
  "believing-reads": {
    does: "an answer of whichever replica is all there is, also of one that is behind",
    promises: ["I12"],
    shape: "late broker",
    changes: [
      // No rule: all is read from the broker that the shape makes late, and said to the others, or it is left to chance whether one that is behind is read.
      {
        file: "nats/connection",
        text: 'servers: broker.url.split(",").map((url) => url.trim()),',
        by: 'servers: broker.url.split(",").map((url) => url.trim()).slice(...(name === "posthorn-reads" ? [-1] : [0, -1])),',
      },
      {
        file: "nats/read/log",
        text: "if (found === undefined || found.upTo < atLeast) return undefined;",
        by: "if (found === undefined) return undefined;",
      },
      {
        file: "nats/read/log",
        text: "return { lasts: found.entries, upTo: found.upTo };",
        by: "return { lasts: found.entries, upTo: Math.max(found.upTo, atLeast) };",
      },
      {
        file: "nats/read/log",
        text: "if (upTo < atLeast || !this.#hear(k, entries)) return undefined;",
        by: "if (!this.#hear(k, entries)) return undefined;",
      },
      {
        file: "nats/read/log",
        text: 'return { lasts: entries.filter(({ kind }) => kind !== "owner"), upTo };',
        by: 'return { lasts: entries.filter(({ kind }) => kind !== "owner"), upTo: Math.max(upTo, atLeast) };',
      },
      {
        file: "gateway/session/following",
        text: "if (live.cursor.seq < fill.upTo) return unread(live);",
        by: "",
      },
      {
        file: "nats/read/slice",
        text: "if (last === undefined) return;",
        by: "if (last === undefined) { this.#reached = Math.max(this.#reached, this.#last); return; }",
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
  "blind-ends": {
    does: "a gateway does not look whose membership a fact ends",
    promises: ["I20"],
    changes: [
      {
        file: "gateway/groups/courses",
        text: "new Framed(seq, record.frame, record.ended)",
        by: "new Framed(seq, record.frame, undefined)",
      },
      {
        file: "gateway/groups/framedfacts",
        text: "readable(entry.raw)), entry.ended);",
        by: "readable(entry.raw)), undefined);",
      },
    ],
  },
  "unfenced-facts": {
    does: "a group's fact does not say behind which one it is to be stored",
    promises: ["I22"],
    says: /was accepted \d+ times/,
    shape: "far hosts",
    changes: [
      {
        file: "nats/publish/outlet",
        text: 'after === undefined ? "" : `Nats-Expected-Last-Subject-Sequence: ${after}\\r\\n`;',
        by: '"";',
      },
    ],
  },
};
