import { onTestFinished, expect, test, vi } from "vitest";
import { pino } from "pino";
import { connect } from "../../src/nats/connection.ts";
import { listen } from "../../src/nats/listen.ts";
import { signals, signalsOf } from "../../src/nats/signals.ts";
import { slotOf } from "../../src/nats/slots.ts";
import { signalSubject } from "../../src/nats/subjects.ts";
import { startBroker } from "../support/broker.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";

function fail(): never {
  throw new Error("no word");
}

test("[D3] messages that somebody forges inside cost ten lines a minute, and those behind them are taken", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const taken: string[] = [];
  // Its answer is a number, which nobody asked for.
  const hear: (text: string) => void = (text) => (text === "?" ? fail() : taken.push(text));
  listen(link.nc, log, { subject: "at.once" }, (msg) => hear(msg.string()));
  listen(link.nc, log, { subject: "later" }, async (msg) => {
    await Promise.resolve();
    hear(msg.string());
  });
  signalsOf([slotOf("bob")], link, log).onSignal((signal) => {
    if (signal.kind === "typing") taken.push(signal.from);
  });
  for (let i = 0; i < 500; i++)
    for (const subject of ["at.once", "later", signalSubject("bob")]) link.nc.publish(subject, "?");
  link.nc.publish(signalSubject("bob"), JSON.stringify({ to: "bob", from: { not: "an id" } }));
  for (const subject of ["at.once", "later"]) link.nc.publish(subject, subject);
  signals(link).typing({ to: "bob", from: "alice" });
  await vi.waitFor(() => expect(taken).toHaveLength(3), PATIENCE);
  expect(new Set(taken)).toEqual(new Set(["at.once", "later", "alice"]));
  expect(lines).toHaveLength(20);
});
