import { BlockList, isIPv4, isIPv6 } from "node:net";

/** An IPv4 address as IPv6 has it (RFC 4291, 2.5.5.2), with dots or in groups. */
const MAPPED = /^::ffff:(?:([\d.]+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;
/** An address as a proxy may write it: with brackets, with a port. */
const BRACKETS = /^\[([^\]]*)\](?::\d{1,5})?$/;
const PORT = /^([\d.]+):\d{1,5}$/;

/**
 * An address in the form in which it is compared: without brackets, port and zone, IPv4 with dots however it came. Undefined: it is none.
 */
export function plain(text: string): string | undefined {
  const [, inside] = BRACKETS.exec(text) ?? PORT.exec(text) ?? [undefined, text];
  const bare = (inside ?? "").replace(/%.*$/, "");
  const [, dotted, high, low] = MAPPED.exec(bare) ?? [];
  const mapped = dotted ?? (high !== undefined ? dots(high, low ?? "") : bare);
  return isIPv4(mapped) || isIPv6(mapped) ? mapped.toLowerCase() : undefined;
}

function dots(high: string, low: string): string {
  const [front, back] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [front >> 8, front & 255, back >> 8, back & 255].join(".");
}

interface Network {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  readonly bits: number;
}

/** Reads `10.0.0.5`, `10.0.0.0/8` or `fd00::/8`; undefined: it is no address and no network, or that of everybody. */
function networkIn(text: string): Network | undefined {
  const [, whole = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  // Brackets, a port and a zone are no part of a network's name; a mapped network would be one of IPv4.
  const address = plain(whole);
  if (address === undefined || address !== whole.toLowerCase()) return undefined;
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const most = family === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  return bits >= 1 && bits <= most ? { address, family, bits } : undefined;
}

/** Does the text name an address or a network that proxies may have? */
export const isNetwork = (text: string): boolean => networkIn(text) !== undefined;

/** Proxies whose `X-Forwarded-For` is believed: addresses and networks. */
export class Proxies {
  readonly #list = new BlockList();

  /** `networks`: as `isNetwork` has found them right. */
  constructor(networks: Iterable<string> = []) {
    for (const text of networks) {
      const network = networkIn(text);
      if (network === undefined) throw new Error(`${text} is no address and no network`);
      this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  /** Is the address one of theirs? */
  trusts(address: string): boolean {
    const known = plain(address);
    return known !== undefined && this.#list.check(known, isIPv4(known) ? "ipv4" : "ipv6");
  }

  /**
   * The client's address: the peer's own, or the one that the proxies say. Each proxy has added the address that it saw at the right, so the
   * list is read from there, for as long as it is written by proxies; what stands left of that a client may have made up.
   * @param peer the other end of the connection.
   * @param forwarded the header `X-Forwarded-For`.
   */
  client(peer: string, forwarded: string): string {
    let client = peer;
    for (const hop of forwarded.split(",").toReversed()) {
      if (!this.trusts(client)) return client;
      const said = plain(hop.trim());
      // A proxy that does not know, or hides, the address says a word: the last that is known counts.
      if (said === undefined) return client;
      client = said;
    }
    return client;
  }
}
