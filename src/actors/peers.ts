import { fnv1a } from "../events/ids.ts";
import type { Watermarks } from "../rules/watermarks.ts";

/** What a user's actor knows of one peer. Positions and causes; 0 = none yet. */
export interface Peer {
  /** The last cause heard from the peer's mailbox: anything up to it is a repeat. */
  readonly heard: number;
  /** Position of the peer's last message here. */
  readonly received: number;
  /** Position of the user's last message to the peer. */
  readonly sent: number;
  /** How far the user has received and read the peer's messages. */
  readonly mine: Watermarks;
  /** How far the peer has received and read the user's. */
  readonly theirs: Watermarks;
}

/** Few peers lie in one map, which is copied at each change; more are spread over branches. */
type Leaf = ReadonlyMap<string, Peer>;
type Node = Leaf | readonly Node[];

const LEAF_MAX = 16;
/** Bits of the hash that choose a branch. */
const BITS = 4;
const BRANCHES = 1 << BITS;
/** With its 32 bits used up, a leaf grows. */
const DEPTH_MAX = 32 / BITS;

/**
 * The peers of a user: a map that is never changed in place. A change copies a few small parts and
 * shares all others, so the fold of an entry costs the same with ten peers and with ten thousand.
 */
export class Peers implements Iterable<[string, Peer]> {
  static readonly none = new Peers(new Map());
  readonly root: Node;

  private constructor(root: Node) {
    this.root = root;
  }

  static of(peers: Iterable<[string, Peer]>): Peers {
    let all = Peers.none;
    for (const [id, peer] of peers) all = all.with(id, peer);
    return all;
  }

  get(id: string): Peer | undefined {
    let node = this.root;
    for (let hash = fnv1a(id); !isLeaf(node); hash >>>= BITS) node = branch(node, hash);
    return node.get(id);
  }

  with(id: string, peer: Peer): Peers {
    return new Peers(put(this.root, fnv1a(id), 0, id, peer));
  }

  [Symbol.iterator](): Iterator<[string, Peer]> {
    return entries(this.root);
  }
}

function put(node: Node, hash: number, depth: number, id: string, peer: Peer): Node {
  if (!isLeaf(node)) {
    const at = hash % BRANCHES;
    return node.with(at, put(branch(node, hash), hash >>> BITS, depth + 1, id, peer));
  }
  const leaf = new Map(node).set(id, peer);
  return spread(leaf, depth);
}

/** A leaf, as branches if it has become too large. */
function spread(leaf: Leaf, depth: number): Node {
  if (leaf.size <= LEAF_MAX || depth === DEPTH_MAX) return leaf;
  const leaves = Array.from({ length: BRANCHES }, () => new Map<string, Peer>());
  for (const [id, peer] of leaf) leaves[(fnv1a(id) >>> (depth * BITS)) % BRANCHES]?.set(id, peer);
  return leaves.map((each) => spread(each, depth + 1));
}

function* entries(node: Node): Generator<[string, Peer]> {
  if (isLeaf(node)) yield* node;
  else for (const each of node) yield* entries(each);
}

const isLeaf = (node: Node): node is Leaf => node instanceof Map;
const branch = (nodes: readonly Node[], hash: number): Node => nodes[hash % BRANCHES] ?? NOBODY;
const NOBODY: Leaf = new Map();
