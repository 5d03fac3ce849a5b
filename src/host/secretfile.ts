import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Logger } from "pino";
import { fileFault, textNow, type SecretText } from "../config/secrets.ts";
import type { Part } from "./scope.ts";

/** A secret that was changed counts a second later. */
const LOOK_MS = 1_000;

export interface SecretFileOptions {
  readonly file: string;
  /** The text that is in use, without the white space around it. */
  readonly text: string;
  /** The rule that a text breaks; undefined: it can be used. */
  readonly fault: (text: string) => string | undefined;
  readonly changed: (text: string) => void;
  readonly log: Logger;
}

/**
 * Looks at a file with a secret each second and tells its text when that is another one. The path is opened anew each time, so a
 * file that is replaced, or a link that points elsewhere, counts. A file that cannot be read, or whose text is no secret, changes nothing.
 */
export class SecretFile implements Part {
  readonly #options: SecretFileOptions;
  #text: string;
  #trouble: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SecretFileOptions) {
    this.#options = options;
    this.#text = options.text;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const { file, fault, changed, log } = this.#options;
    let trouble: string | undefined;
    try {
      const text = await textOf(file);
      trouble = fault(text);
      if (this.#timer === undefined) return;
      if (trouble === undefined && text !== this.#text) {
        this.#text = text;
        changed(text);
        log.info({ file }, "secret has changed");
      }
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (trouble !== undefined && trouble !== this.#trouble)
      log.warn({ file, reason: trouble }, "secret not read again: the one before stays in use");
    this.#trouble = trouble;
    if (this.#timer !== undefined) this.start();
  }
}

/**
 * Opened once: a file that is put in its place meanwhile is not read by what this one is. A pipe would be waited for, but for the flag.
 * @throws Error that names the path, never the text.
 */
async function textOf(file: string): Promise<string> {
  const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const fault = fileFault(await opened.stat());
    if (fault !== undefined) throw new Error(fault);
    return (await opened.readFile("utf8")).trim();
  } finally {
    await opened.close();
  }
}

/**
 * The text of a secret as its file has it at this moment: for a secret that is asked for seldom, as at an attempt to connect. Where the file cannot
 * be read, or is empty, the last text stays in use, and the log says so once.
 */
export function asOfNow(secret: SecretText | undefined, log: Logger): () => string | undefined {
  let text = secret?.text;
  let trouble: string | undefined;
  return () => {
    const file = secret?.file;
    if (file === undefined) return text;
    const before = trouble;
    trouble = undefined;
    try {
      text = textNow(file);
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (trouble !== undefined && trouble !== before)
      log.warn({ file, reason: trouble }, "secret not read again: the one before stays in use");
    return text;
  };
}
