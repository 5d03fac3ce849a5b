import { expect, onTestFinished, vi } from "vitest";
import { views } from "../../src/cli/views.ts";
import { startApp, type App } from "../support/app.ts";
import type { Device } from "../support/device.ts";
import { breaches, type Note } from "../support/history.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { Person } from "../support/person.ts";

/** Nobody here is slowed down by what protects a server from strangers. */
const MANY = "100000";
export const UNHURRIED = {
  SENDS_PER_SECOND: MANY,
  SENDS_BURST: MANY,
  FRAMES_PER_SECOND: MANY,
  FRAMES_BURST: MANY,
  USER_FRAMES_PER_SECOND: MANY,
  USER_FRAMES_BURST: MANY,
  MARKS_PER_SECOND: MANY,
  MARKS_BURST: MANY,
  DEVICE_HELLOS_BURST: MANY,
  USER_HELLOS_BURST: MANY,
};

/** A real server of this test alone, beside a broker that flushes when `sync` says. */
export async function server(
  env: Record<string, string> = {},
  sync: "1s" | "always" = "1s",
): Promise<App> {
  const app = await startApp({ ...UNHURRIED, LOG_LEVEL: "warn", ...env }, { sync });
  onTestFinished(() => app.stop());
  return app;
}

export const until = (
  holds: () => boolean | Promise<boolean>,
  timeout = PATIENCE_MS,
): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`still not: ${String(holds)}`);
    },
    { timeout, interval: 10 },
  );

/** From now on nothing is read from the socket; the kernel holds what it can. */
export const stopReading = ({ ws }: Device): void => ws.pause();

/** Some people who write to each other. */
export class Company {
  readonly notes: Note[] = [];
  readonly people: Person[];
  #texts = 0;

  constructor(app: App, ...users: string[]) {
    this.people = users.map((user) => new Person(app, user, this.notes));
    onTestFinished(() => {
      for (const person of this.people) person.leave();
    });
  }

  /** Everybody writes so many messages, to each of the others in turn. */
  chat(each: number): void {
    for (let i = 0; i < each; i++)
      for (const [at, person] of this.people.entries()) {
        const peer = this.people[(at + 1 + (i % (this.people.length - 1))) % this.people.length];
        person.write(peer?.user ?? "", `${person.user} ${++this.#texts}`);
      }
  }

  /** How many messages they have written. */
  get written(): number {
    return this.#texts;
  }

  /** How many of them are not acknowledged. */
  get waiting(): number {
    return this.people.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  get acked(): number {
    return this.people.reduce((sum, person) => sum + person.acked, 0);
  }

  /** Until everything is stored, has come and has been read, and every author knows. */
  async settled(): Promise<void> {
    await until(() => this.people.every(({ waiting }) => waiting === 0));
    await until(() => this.people.every(({ allRead }) => allRead));
  }

  expectPromisesKept(): void {
    expect(breaches(this.notes)).toEqual([]);
    expect(this.people.flatMap(({ wrong }) => wrong)).toEqual([]);
  }
}

/** The views are what a replay of the streams gives, byte by byte. */
export async function expectViewsAreAReplay(app: App): Promise<void> {
  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  const env = { NATS_URL: app.broker.url, DATA_DIR: app.dir };
  const code = await views(["verify"], () => env).finally(() => write.mockRestore());
  expect(code, printed.join("")).toBe(0);
}
