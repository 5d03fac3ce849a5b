import { isIPv6 } from "node:net";

/**
 * Counts what each address holds open at the door. An address is forgotten as soon as it holds
 * nothing, so the count is no larger than what is open.
 */
export class Addresses {
  readonly #open = new Map<string, number>();

  /** Connections that the address holds. */
  of(address: string): number {
    return this.#open.get(address) ?? 0;
  }

  enter(address: string): void {
    this.#open.set(address, this.of(address) + 1);
  }

  leave(address: string): void {
    const left = this.of(address) - 1;
    if (left > 0) this.#open.set(address, left);
    else this.#open.delete(address);
  }
}

/** Groups of an IPv6 address that name the network. */
const NETWORK_GROUPS = 4;

/**
 * The part of an address that counts: of IPv6 the network of 64 bits, since a single line is given all the
 * addresses in one (RFC 6177); anything else as it is.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [front = [], back = []] = address
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  const groups = [...front, ...zeros, ...back].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
