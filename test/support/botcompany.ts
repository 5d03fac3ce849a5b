import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { App } from "./app.ts";
import { device, type Device, type Frame } from "./device.ts";

const ANSWERER = join(import.meta.dirname, "answerer.mjs");

/** The rates of a server at which a bot may answer as fast as it can, and come back as often. */
export const AT_ONCE = {
  SENDS_PER_SECOND: "5000",
  GROUP_SENDS_PER_SECOND: "5000",
  SENDS_BURST: "5000",
  MARKS_PER_SECOND: "5000",
  MARKS_BURST: "5000",
  QUESTIONS_PER_SECOND: "2000",
  QUESTIONS_BURST: "2000",
  FRAMES_PER_SECOND: "5000",
  FRAMES_BURST: "5000",
  USER_FRAMES_PER_SECOND: "9000",
  USER_FRAMES_BURST: "9000",
  DEVICE_HELLO_EVERY_MS: "10",
  DEVICE_HELLOS_BURST: "1000",
  USER_HELLO_EVERY_MS: "10",
  USER_HELLOS_BURST: "1000",
};

/** A copy of the bot, in a process of its own. */
export class Copy {
  readonly #lines: string[] = [];
  readonly #child: ChildProcess;
  #heard: (() => void)[] = [];

  /** `dir`: the folder of its storage; undefined: it has none. `waitMs`: it connects so much later. */
  constructor(
    app: App,
    user: string,
    { dir, waitMs }: { readonly dir: string | undefined; readonly waitMs: number },
  ) {
    const settings = JSON.stringify({ url: app.url, wsUrl: app.wsUrl, user, dir, waitMs });
    this.#child = spawn(process.execPath, [ANSWERER, settings], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#lines.push(...chunk.toString().split("\n").filter(Boolean));
      for (const heard of this.#heard.splice(0)) heard();
    });
  }

  /** Resolves when it has begun with a message, said an answer or come to a message's end so often. */
  async takes(steps: number): Promise<void> {
    while (this.#lines.filter((line) => line.startsWith("step")).length < steps)
      await new Promise<void>((heard) => this.#heard.push(heard));
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill(signal);
    await exit;
  }
}

/** People who write to a bot, each alone or all in one group, and what each of them was answered. */
export class Company {
  readonly #app: App;
  readonly #bot: string;
  readonly #people: Device[] = [];
  /** Answers, over all people, by text: how often each came. */
  readonly answers = new Map<string, number>();
  readonly #asked: string[] = [];
  #to: string;
  #n = 0;

  constructor(app: App, bot: string) {
    this.#app = app;
    this.#bot = bot;
    this.#to = bot;
  }

  async join(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const person = await device(this.#app, `${this.#bot}-asker-${i}`);
      person.ws.on("message", (data) =>
        this.#hear(JSON.parse((data as Buffer).toString()) as Frame, i),
      );
      this.#people.push(person);
    }
  }

  /** They go on in a group, which the bot comes into behind a message that it is not to see. */
  async gather(): Promise<void> {
    const [host, ...others] = this.#people;
    const members = others.map(({ user }) => user);
    const ask = (n: number, more: object): void =>
      host?.say({ t: "ask", cid: `host.${n}`, ...more });
    ask(1, { ask: { do: "create", name: "Company", members } });
    // Its members may say something when they have heard that they are in.
    const made = await host?.until(({ event }) => event?.["change"]?.do === "create");
    const group = String(made?.["mailbox"]);
    host?.say({ t: "send", cid: "host.2", to: group, body: "unseen 3" });
    ask(3, { group, ask: { do: "add", users: [this.#bot] } });
    for (const person of this.#people)
      await person.until(({ event }) => event?.["change"]?.do === "add");
    this.#to = group;
  }

  /** So many of them, in turn, write a message that wants one to three answers. */
  ask(count: number): void {
    for (let asked = 0; asked < count; asked++) {
      const n = ++this.#n;
      const i = n % this.#people.length;
      const body = `${i}.${n} ${(n % 3) + 1}`;
      this.#asked.push(body);
      this.#people[i]?.say({ t: "send", cid: `asker.${n}`, to: this.#to, body });
    }
  }

  /** Answers that have not come yet. */
  get missing(): string[] {
    return this.#wanted().filter((text) => !this.answers.has(text));
  }

  /** Answers that came more than once, or that nobody was to get. */
  get wrong(): string[] {
    const wanted = new Set(this.#wanted());
    return [...this.answers].flatMap(([text, times]) =>
      times === 1 && wanted.has(text) ? [] : [`${text} came ${times} times`],
    );
  }

  async leave(): Promise<void> {
    await Promise.all(this.#people.map((person) => person.close()));
  }

  #wanted(): string[] {
    return this.#asked.flatMap((body) =>
      Array.from({ length: Number(body.at(-1)) }, (_, k) => `${body}/${k + 1}`),
    );
  }

  /** A word to all counts where the first of them hears it. */
  #hear({ event, mailbox }: Frame, i: number): void {
    if (mailbox === this.#to && i > 0) return;
    const { author, body } = (event ?? {}) as { author?: string; body?: string };
    if (author !== this.#bot || body === undefined) return;
    this.answers.set(body, (this.answers.get(body) ?? 0) + 1);
  }
}

/** Empties the folder of a storage. */
export const emptied = (dir: string): void => rmSync(dir, { recursive: true, force: true });
