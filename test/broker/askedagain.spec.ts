import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { reader } from "../../src/nats/read/fair.ts";
import { DirectGets } from "../../src/nats/read/gets.ts";
import { mailboxStream, ownerSubject } from "../../src/nats/subjects.ts";
import { WHOLE, Wire } from "../../scripts/cluster/wire.mjs";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { startStore } from "./support.ts";

test("[N3] a question to the log whose connection breaks before its answer is there is asked again over the next one", async () => {
  const { broker } = await startStore();
  const wire = await Wire.lay(Number(new URL(broker.url).port));
  onTestFinished(() => wire.remove());
  const link = await connect({ url: `nats://127.0.0.1:${wire.port}` }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const gets = new DirectGets(link);
  gets.start();
  await link.nc.flush();
  wire.damage({ ...WHOLE, there: true });
  const answer = gets.ask(mailboxStream(0), { multi_last: [ownerSubject(0)] }, reader());
  wire.damage({ ...WHOLE, closed: true });
  await vi.waitFor(() => expect(link.connected()).toBe(false), PATIENCE);
  wire.damage(WHOLE);
  expect((await answer).entries).toHaveLength(1);
  gets.stop();
});
