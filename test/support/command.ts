import { vi } from "vitest";
import type { Run } from "../../src/cli/command.ts";

/** The end of a command: its exit code and what it has said. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of operators in this process. `env`: its settings. */
export async function commanded(
  run: Run,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const texts = { out: "", err: "" };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((texts.out += text))),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((texts.err += text))),
  ];
  try {
    return { code: await run(args, () => env), ...texts };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
