// A user who writes to one peer, watches the ticks come back, and gives the peer's messages theirs.

const SENTENCE = "A message as people write them: a line or two, seldom more";
/** 120 bytes, as in every workload. */
export const BODY = SENTENCE.padEnd(120, ".");
/** As many of one instance may be unanswered. */
export const IN_FLIGHT_MAX = 32;
let instances = 0;

/**
 * @typedef {{ n: number, at: number, position: number, delivered: boolean }} Pending
 *   `position` is 0 until `sent` has said it.
 * @typedef {object} Speaker
 * @property {() => void} send
 * @property {() => boolean} isFull would one more be refused, because too many are unanswered?
 * @property {(tally: import("./tally.mjs").Tally, onRead?: () => void) => void} count from now on
 *   into `tally`; `onRead` is called as each lifecycle completes
 */

/**
 * Watermarks of a peer, as its receipts say them. One whose cause is not above the last is told once more, by a host that took the stream over.
 * @param {string} peer
 */
function ticksOf(peer) {
  let cause = 0;
  return {
    delivered: 0,
    read: 0,
    /** @param {{ type: string, cause: number, upTo: number, read?: number | undefined }} receipt */
    take(receipt) {
      if (receipt.cause <= cause) return;
      cause = receipt.cause;
      const delivered = receipt.upTo;
      const read = receipt.type === "MessageRead" ? delivered : (receipt.read ?? 0);
      if (delivered < this.delivered || read < this.read)
        throw new Error(`ticks of ${peer} went back: ${delivered}, ${read}`);
      this.delivered = delivered;
      this.read = read;
    },
  };
}

/**
 * @param {import("./device.mjs").Device} device
 * @param {string} peer
 * @param {import("./tally.mjs").Tally} first
 * @returns {Speaker}
 */
export function speaker(device, peer, first) {
  const instance = `bench${(instances += 1)}`;
  /** Oldest first. @type {Pending[]} */
  const pending = [];
  const ticks = ticksOf(peer);
  let n = 0;
  let heard = 0;
  let tally = first;
  let onRead = () => {};

  /** A tick counts for every message at or below it, once its position is known. */
  function settle() {
    const now = performance.now();
    for (const one of pending) {
      if (one.position === 0 || one.position > ticks.delivered) break;
      if (!one.delivered) tally.delivered.record(now - one.at);
      one.delivered = true;
    }
    while (pending[0] && pending[0].position > 0 && pending[0].position <= ticks.read) {
      tally.read.record(now - pending[0].at);
      pending.shift();
      tally.underWay -= 1;
      if (now <= tally.endsAt) tally.inWindow += 1;
      onRead();
    }
  }

  device.listener = {
    sent({ cid, seq, durability }) {
      const one = pending.find(({ position }) => position === 0);
      if (one === undefined || cid !== `${instance}.${one.n}`) throw new Error(`sent for ${cid}`);
      one.position = seq;
      tally.durability = durability;
      tally.sent.record(performance.now() - one.at);
      settle();
    },
    event({ event }) {
      if (!("author" in event) || event.author !== peer) return;
      if (event.type === "MessageSent" && "position" in event) {
        if (event.position <= heard) throw new Error(`${peer}:${event.position} came twice`);
        heard = event.position;
        device.write(`{"t":"delivered","peer":"${peer}","upTo":${heard}}`);
        device.write(`{"t":"read","peer":"${peer}","upTo":${heard}}`);
      } else if ("cause" in event && "upTo" in event && "peer" in event) {
        ticks.take(event);
        settle();
      }
    },
  };

  return {
    send() {
      n += 1;
      tally.underWay += 1;
      pending.push({ n, at: performance.now(), position: 0, delivered: false });
      device.write(`{"t":"send","cid":"${instance}.${n}","to":"${peer}","body":"${BODY}"}`);
    },
    isFull() {
      return pending.length > 0 && n - (pending[0]?.n ?? n) + 1 >= IN_FLIGHT_MAX;
    },
    count(next, then = () => {}) {
      tally = next;
      onRead = then;
    },
  };
}
