import { Histogram, Registry } from "prom-client";
import { CLOSES, REJECTIONS } from "../protocol/codes.ts";
import { addCounter, addGauge, alone, type Figure } from "./figures.ts";
import type { Lag } from "./lag.ts";
import type { Instruments, BrokerLine, Readings } from "./meter.ts";
import { addProcess } from "./processfigures.ts";
import { Tally } from "./tally.ts";

/** Seconds: from a broker beside us to the longest that a publish is waited for. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Names that are in no table: there must be no more labels than somebody wrote down. */
const OTHER = "other";
/** Ends of sessions beside the closes of the protocol (gateway/session/milestone.ts). */
const ENDS = [...Object.keys(CLOSES), "left", "refused", OTHER];
const CODES = [...Object.keys(REJECTIONS), OTHER];
/** A socket that was not let in may have been sent away without a word, as for a hello that did not come. */
const REFUSALS = [...Object.keys(CLOSES), ...CODES];

const MS = 1_000;

/**
 * The numbers of a process for Prometheus. The hot paths add to plain numbers, or observe one figure per
 * message; everything else is read when somebody asks. Labels are words of our own tables, never ids (docs/adr/0031).
 */
export class Metrics implements Instruments {
  readonly #registry = new Registry();
  #stored = 0;
  #unstored = 0;
  readonly #rejections = new Tally(CODES);
  readonly #opened = new Tally([""]);
  readonly #closed = new Tally(ENDS);
  readonly #refused = new Tally(REFUSALS);
  readonly #aside = new Tally(["unreadable", "bug"]);
  readonly #reconnects = new Map<string, number>();
  readonly #lines = new Map<string, BrokerLine>();
  readonly #seconds: { readonly send: Histogram; readonly delivery: Histogram };
  readonly #wall: () => number;
  #readings: Readings | undefined;
  #text: Promise<string> | undefined;
  #lag: Lag | undefined;

  /** `wall`: ms since 1970. */
  constructor(version: string, wall: () => number) {
    this.#wall = wall;
    const registers = [this.#registry];
    const histogram = (name: string, help: string): Histogram =>
      new Histogram({ name, help, buckets: SECONDS, registers });
    this.#seconds = {
      send: histogram(
        "posthorn_send_seconds",
        "From the frame of a send to its acknowledgement (the tick sent).",
      ),
      delivery: histogram(
        "posthorn_delivery_seconds",
        "From a message stored in its author's mailbox, by the broker's clock, to its frame to the addressee's sessions, by ours.",
      ),
    };
    addProcess(this.#registry, version);
    this.#counters();
    this.#lineFigures();
    this.#gauges();
  }

  readonly contentType = this.#registry.contentType;

  /** The text for Prometheus. One that is being put together is for all who ask meanwhile. */
  text(): Promise<string> {
    return (this.#text ??= this.#write().finally(() => (this.#text = undefined)));
  }

  send(isStored: boolean, ms: number): void {
    if (!isStored) return void this.#unstored++;
    this.#stored++;
    this.#seconds.send.observe(ms / MS);
  }

  refused(code: string): void {
    this.#rejections.add(code);
  }

  session(is: "opened" | "closed" | "refused", code = ""): void {
    if (is === "opened") this.#opened.add("");
    else (is === "closed" ? this.#closed : this.#refused).add(code);
  }

  delivered(sentAt: number): void {
    // Clocks of two machines may differ by more than a message takes.
    this.#seconds.delivery.observe(Math.max(0, this.#wall() - sentAt) / MS);
  }

  setAside(why: "unreadable" | "bug"): void {
    this.#aside.add(why);
  }

  line(name: string, line: BrokerLine): void {
    this.#lines.set(name, line);
    this.#reconnects.set(name, 0);
    line.onReconnect(() => this.#reconnects.set(name, (this.#reconnects.get(name) ?? 0) + 1));
  }

  read(readings: Readings): void {
    this.#readings = readings;
  }

  async #write(): Promise<string> {
    this.#lag = await this.#readings?.lag();
    return this.#registry.metrics();
  }

  #counters(): void {
    const count = (name: string, help: string, of: Tally, label?: string): void =>
      addCounter(this.#registry, { name, help, ...(label && { label }), read: () => of.entries() });
    addCounter(this.#registry, {
      name: "posthorn_sends_total",
      help: "Sends by what became of them; one that is repeated counts again.",
      label: "outcome",
      read: () => [
        ["stored", this.#stored],
        ["refused", this.#unstored],
      ],
    });
    const rejections = "Frames, handshakes and connections refused, by code.";
    count("posthorn_rejections_total", rejections, this.#rejections, "code");
    count("posthorn_sessions_opened_total", "Sessions that were welcomed.", this.#opened);
    const closed = "Sessions that have ended, by the reason.";
    count("posthorn_sessions_closed_total", closed, this.#closed, "code");
    const refused = "Sockets that were never let in, by the reason.";
    count("posthorn_sessions_refused_total", refused, this.#refused, "code");
    const aside = "Entries that actors have set aside: dead letters.";
    count("posthorn_entries_set_aside_total", aside, this.#aside, "why");
  }

  #lineFigures(): void {
    addCounter(this.#registry, {
      name: "posthorn_broker_reconnects_total",
      help: "Times that a connection to the broker came back.",
      label: "link",
      read: () => this.#reconnects,
    });
    addGauge(this.#registry, {
      name: "posthorn_broker_connected",
      help: "1 while a connection to the broker is there.",
      label: "link",
      read: () => [...this.#lines].map(([name, line]) => [name, Number(line.connected())]),
    });
  }

  #gauges(): void {
    const gauge = (name: string, help: string, read: Figure["read"], label?: string): void =>
      addGauge(this.#registry, { name, help, read, ...(label && { label }) });
    const of = (read: (from: Readings) => number | undefined): Figure["read"] => {
      return () => alone(this.#readings && read(this.#readings));
    };
    gauge(
      "posthorn_sockets",
      "Open WebSockets.",
      of((from) => from.sockets()),
    );
    const sessions = "Sessions that are being opened or used.";
    gauge(
      "posthorn_sessions",
      sessions,
      of((from) => from.sessions()),
    );
    const waiting = "Publishes that the broker has not acknowledged yet.";
    const roles: Figure["read"] = () => Object.entries(this.#readings?.waiting() ?? {});
    gauge("posthorn_publishes_waiting", waiting, roles, "role");
    const degraded = "1 while the views cannot be asked or brought up to date.";
    gauge(
      "posthorn_views_degraded",
      degraded,
      of((from) => numberOf(from.degraded())),
    );
    const differing = "Streams of which another process has other rows in its views.";
    gauge(
      "posthorn_views_differing",
      differing,
      of((from) => from.differing()),
    );
    const actors = "Entries that actors have not taken yet.";
    gauge("posthorn_actors_lag_entries", actors, () => this.#lag?.actors ?? [], "stream");
    const views = "Entries that the views do not have yet.";
    gauge("posthorn_views_lag_entries", views, () => this.#lag?.views ?? [], "stream");
  }
}

/** A truth as Prometheus has it; what is not known stays so. */
const numberOf = (truth: boolean | undefined): number | undefined =>
  truth === undefined ? undefined : Number(truth);
