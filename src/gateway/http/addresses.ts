/**
 * Counts what each address holds open at the door. An address is forgotten as soon as it holds
 * nothing, so the count is no larger than what is open.
 */
export class Addresses {
  readonly #open = new Map<string, number>();

  /** How much the address holds. */
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
