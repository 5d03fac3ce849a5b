import type { Health } from "../gateway/http/health.ts";

/** How the process is, of what its parts say of themselves. Before all of them have begun, and behind the end, it is not ready. */
export class Condition {
  readonly #checks = new Map<string, () => boolean>();
  readonly #degraded = new Map<string, () => boolean>();
  #runs = false;

  /** A condition of being ready. */
  demand(name: string, isWell: () => boolean): void {
    this.#checks.set(name, isWell);
  }

  /** A part without which the process is ready as well. */
  doWithout(name: string, isUnwell: () => boolean): void {
    this.#degraded.set(name, isUnwell);
  }

  /** Every part has begun. */
  begun(): void {
    this.#runs = true;
  }

  /** The end begins. */
  ending(): void {
    this.#runs = false;
  }

  readonly now = (): Health => {
    const checks = Object.fromEntries([...this.#checks].map(([name, check]) => [name, check()]));
    const degraded = [...this.#degraded].filter(([, isUnwell]) => isUnwell());
    return {
      ready: this.#runs && Object.values(checks).every(Boolean),
      checks,
      degraded: degraded.map(([name]) => name),
    };
  };
}
