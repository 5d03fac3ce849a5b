import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { StartError } from "../../start-error.ts";
import { reason, type Link } from "../connection.ts";
import { NotYetError } from "../notyet.ts";
import { patiently } from "../silence.ts";
import { lastWord } from "./gateways.ts";
import { say } from "./words.ts";

/** A gateway renews its word so often: three times before it counts as silent. */
export const RENEW_MS = 2_000;
/** Before a renewal is tried again that was not stored. */
const AGAIN_MS = 500;
/** Follows the id of the gateway: is called with each, and what it returns with the end of that id. */
type Follow = (gatewayId: string) => () => void;
/** A word of the gateway that was stored, and where it and the one before lie; 0: there was none. */
type Spoken = { readonly gatewayId: string; readonly before: number; readonly at: number };

/**
 * A gateway's own word in the registry, renewed by compare-and-set as long as it runs. It is dead only if it reads
 * so: a renewal that is refused or not answered says nothing (docs/adr/0034). Then it takes another id.
 */
export class Registration {
  readonly #link: Link;
  readonly #log: Logger;
  readonly #followers = new Map<Follow, () => void>();
  #id: string;
  #revision = 0;
  #isStored = false;
  #storedAt = Number.NEGATIVE_INFINITY;
  #renewing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #off: () => void = () => undefined;
  #lost: () => void = () => undefined;
  #spoke: (spoken: Spoken) => void = () => undefined;

  /** @param name is for specs; else the id is random. */
  constructor(link: Link, log: Logger, name = newId()) {
    this.#link = link;
    this.#log = log;
    this.#id = name;
  }

  /** The gateway's id; undefined: it has none that is registered, so it can open no session. */
  get id(): string | undefined {
    return this.#isStored ? this.#id : undefined;
  }

  /** When the registry last stored a word of this gateway, ms of the monotonic clock. So it tells also of a disk that is full. */
  get storedAt(): number {
    return this.#storedAt;
  }

  /** Renews the word now, unless that is under way. */
  renew(): void {
    this.#wake(0);
  }

  /** Calls back each time that a word of this gateway is stored. */
  onSpoken(spoke: (spoken: Spoken) => void): void {
    this.#spoke = spoke;
  }

  /** Calls back when the gateway has been declared dead: its sessions are closed by their actors. */
  onLost(lost: () => void): void {
    this.#lost = lost;
  }

  /** Follows the id from now on. Returns how to end that. */
  follow(follow: Follow): () => void {
    this.#followers.set(follow, follow(this.#id));
    return () => {
      this.#followers.get(follow)?.();
      this.#followers.delete(follow);
    };
  }

  /** Waits for a broker that says nothing. @throws StartError when the broker does not store it. */
  async start(): Promise<void> {
    await patiently(this.#link, this.#log, () => this.#renew()).catch((error: unknown) => {
      if (error instanceof StartError) throw error;
      throw new StartError(`the broker stores nothing, is its disk full? ${reason(error)}`);
    });
    this.#off = this.#link.onReconnect(() => this.#wake(0));
    this.#wake(RENEW_MS);
  }

  /** Says goodbye: what this gateway could not close is closed by the actors. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#off();
    await this.#renewing;
    if (!this.#isStored || !this.#link.connected()) return;
    await say(this.#link.nc, { gatewayId: this.#id, is: "dead" }).catch(() =>
      this.#log.debug("registry not told of the end"),
    );
  }

  #wake(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#tick(), ms);
  }

  /** Never two at once: what comes meanwhile is a part of the one under way. */
  async #tick(): Promise<void> {
    if (this.#renewing !== undefined) return;
    const before = this.#id;
    let nextMs = RENEW_MS;
    this.#renewing = this.#renew().catch((error: unknown) => {
      nextMs = AGAIN_MS;
      this.#log.debug({ reason: reason(error) }, "registry not renewed");
    });
    await this.#renewing;
    this.#renewing = undefined;
    this.#wake(this.#id === before ? nextMs : 0);
  }

  /** @throws Error when nothing was stored. */
  async #renew(): Promise<void> {
    const said = await this.#said();
    if ("at" in said) {
      const spoken = { gatewayId: this.#id, before: this.#revision, at: said.at };
      this.#revision = said.at;
      this.#storedAt = performance.now();
      this.#isStored = true;
      this.#spoke(spoken);
      return;
    }
    await this.#judge(said.last);
    // Its own, whose answer was lost: known now, so the next try comes behind it.
    throw new NotYetError("another word of this gateway came between");
  }

  /** A renewal that nobody answers: the last word may be read all the same. */
  async #said() {
    try {
      return await say(this.#link.nc, { gatewayId: this.#id, is: "alive" }, this.#revision);
    } catch (error) {
      if (this.#link.connected())
        await this.#read(0).catch((failed: unknown) =>
          this.#log.debug({ reason: reason(failed) }, "registry not read"),
        );
      throw error;
    }
  }

  /** A renewal was refused; `last`: where the last word of this id lies, 0: there is none. */
  async #judge(last: number | undefined): Promise<void> {
    if (last !== 0) return this.#read(last ?? 0);
    // The registry has forgotten this gateway, and with it whether it was dead: so it is from now on.
    const said = await say(this.#link.nc, { gatewayId: this.#id, is: "dead" }, 0);
    if ("at" in said) this.#over();
  }

  /** Reads the last word of this id; `atLeast`: where it lies, or before. */
  async #read(atLeast: number): Promise<void> {
    const word = await lastWord(this.#link.nc, this.#id);
    if (word?.is === "dead") return this.#over();
    // Its own, whose PubAck was lost. A replica that is behind is asked again.
    if (word !== undefined && word.revision >= atLeast)
      this.#revision = Math.max(this.#revision, word.revision);
  }

  #over(): void {
    this.#log.error({ gatewayId: this.#id }, "this gateway was declared dead; it takes another id");
    this.#id = newId();
    this.#revision = 0;
    this.#isStored = false;
    for (const [follow, end] of this.#followers) {
      end();
      this.#followers.set(follow, follow(this.#id));
    }
    this.#lost();
  }
}

const newId = (): string => `gw-${randomBytes(9).toString("base64url")}`;
