// The kinds of work that a CPU profile of the server is made of: each sample's stack is of one category.

/**
 * One function of a stack, as the profiler names it.
 * @typedef {{ functionName: string, url: string, lineNumber?: number, columnNumber?: number }} Frame
 * @typedef {{ category: string, file: RegExp, name?: RegExp }} Rule
 */

export const REST = "the rest";
export const IDLE = "idle";

/** Names that the profiler gives to what is no function. @type {Record<string, string>} */
const PSEUDO = {
  "(idle)": IDLE,
  "(garbage collector)": "garbage collection",
};

/** The system calls that write to a socket; functions of Node's own that have no file. */
const WRITES = /^(writev|write(Buffer|Utf8String|Latin1String|AsciiString))$/;
const BROKER = /\/@nats-io\//;
const CLIENTS = /\/node_modules\/ws\/|\/gateway\/socket\//;

/** The rule that names a function's file first holds; what has no rule is the work of its caller. @type {Rule[]} */
const RULES = [
  { category: "the profiler", file: /\/bench\/profile\.mjs$/ },
  {
    category: "LMDB: commit",
    file: /\/lmdb\//,
    name: /commit|finishTxn|transaction|flush|resetReadTxn/i,
  },
  { category: "LMDB: puts", file: /\/lmdb\/(dist\/)?write\.[jt]s$/ },
  { category: "LMDB: puts", file: /\/projections\/store\/batch\.[jt]s$/ },
  { category: "LMDB: gets", file: /\/(lmdb|weak-lru-cache)\/|\/projections\/store\// },
  { category: "keys, msgpack", file: /\/(msgpackr|msgpackr-extract|ordered-binary)\// },
  { category: "client of the broker: parsing of entries and acks", file: BROKER },
  { category: "JSON and zod of frames", file: /\/protocol\/(parse|depth|read)\.[jt]s$/ },
  { category: "JSON and zod of entries", file: /\/events\// },
  {
    category: "publish: lanes, ids, headers",
    file: /\/nats\/(publish\/|names\.[jt]s|subjects\.[jt]s|routing\.[jt]s)/,
  },
  { category: "reading of the log", file: /\/nats\// },
  { category: "fold, route, frame", file: /\/(actors|rules)\/|\/protocol\/write\.[jt]s$/ },
  { category: "sessions, ws", file: /\/gateway\/|\/node_modules\/ws\// },
  {
    category: "questions",
    file: /\/projections\/(desk|queries|waiting)\.[jt]s$|\/protocol\/internal\//,
  },
  { category: "project", file: /\/projections\// },
  { category: "HTTP, tokens", file: /\/node_modules\/(hono|@hono|jose)\// },
  { category: "log lines, host", file: /\/node_modules\/(pino|sonic-boom)|\/host\/|\/log\.[jt]s$/ },
];

/**
 * The category of one stack. Pure.
 * @param {readonly Frame[]} stack the innermost function first
 * @returns {string} {@link REST} when no rule fits
 */
export function categoryOf(stack) {
  const leaf = stack[0]?.functionName ?? "";
  const pseudo = PSEUDO[leaf];
  if (pseudo !== undefined) return pseudo;
  if (WRITES.test(leaf) && stack[0]?.url === "") return writeOf(stack);
  for (const { functionName, url } of stack) {
    const rule = RULES.find(
      ({ file, name }) => file.test(url) && (name === undefined || name.test(functionName)),
    );
    if (rule !== undefined) return rule.category;
  }
  return REST;
}

/**
 * Of a write that nobody of ours asked for in this very turn, as after a full buffer, the end is not known.
 * @param {readonly Frame[]} stack
 */
function writeOf(stack) {
  const known = stack.find(({ url }) => BROKER.test(url) || CLIENTS.test(url));
  if (known === undefined) return "socket writes to others";
  return BROKER.test(known.url) ? "socket writes to the broker" : "socket writes to clients";
}

/**
 * A CPU profile, as far as it is read here.
 * @typedef {object} Profile
 * @property {{ id: number, callFrame: Frame, children?: number[] }[]} nodes
 * @property {number[]} samples the node that ran at each sample
 * @property {number[]} timeDeltas µs before each sample
 */

/**
 * The µs of each category in a profile. Pure.
 * @param {Profile} profile
 * @returns {Map<string, number>}
 */
export function categorise({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {Map<number, number>} */
  const parents = new Map();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  /** @type {Map<number, string>} */
  const known = new Map();
  const of = (/** @type {number} */ id) => {
    const stack = [];
    for (let at = byId.get(id); at; at = byId.get(parents.get(at.id) ?? -1))
      stack.push(at.callFrame);
    return categoryOf(stack);
  };
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const [i, id] of samples.entries()) {
    const category = known.get(id) ?? of(id);
    known.set(id, category);
    sums.set(category, (sums.get(category) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return sums;
}
