import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { Durabilities, durabilityOf, type ServerWord } from "../../src/nats/durability.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { silent } from "../support/silent.ts";
import { startCluster } from "./cluster.ts";
import { startStore } from "./support.ts";
import { streamsOf } from "../support/streams.ts";
import { PATIENCE } from "../support/patience.ts";

const word = (id: string, always: boolean, size?: number): ServerWord => ({
  server_id: id,
  version: "2.15.1",
  jetstream: {
    config: { sync_always: always },
    ...(size !== undefined && { meta: { cluster_size: size } }),
  },
});
const three = ["a", "b", "c"].map((id) => word(id, true, 3));

describe("what a ✓ promises", () => {
  test("is what the weakest of all mailbox streams and servers gives", () => {
    expect(durabilityOf([1], [word("a", true)])).toBe("synced");
    expect(durabilityOf([1], [word("a", false)])).toBe("stored");
    expect(durabilityOf([3, 3], three)).toBe("replicated+synced");
    expect(durabilityOf([3, 1], three)).toBe("synced");
    expect(durabilityOf([3, 3], [...three.slice(1), word("a", false, 3)])).toBe("replicated");
  });

  test("is the weaker class where a server says nothing, none is named, or one is named twice in the place of another", () => {
    expect(durabilityOf([1], [word("a", true), undefined])).toBe("stored");
    expect(durabilityOf([3], [])).toBe("replicated");
    expect(durabilityOf([3], [three[0], three[0], three[0]])).toBe("replicated");
    expect(durabilityOf([1], [word("a", true, 3)])).toBe("stored");
    expect(durabilityOf([3, 3], [...three, word("d", false, 4)])).toBe("replicated");
  });

  test("is known of a real server, and no monitor that lies, or is none, makes it more", async () => {
    const { link, topology, broker } = await startStore({ synced: true });
    const liar = createServer((_, answer) =>
      answer.end('{"jetstream":{"config":{"sync_always":"yes"}}}'),
    );
    liar.listen(0, "127.0.0.1");
    await once(liar, "listening");
    onTestFinished(() => void liar.close());
    const lies = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
    for (const [monitors, promised] of [
      [[broker.monitorUrl], "synced"],
      [[broker.monitorUrl, lies], "stored"],
      [[broker.monitorUrl, "http://127.0.0.1:1"], "stored"],
      [[broker.url.replace("nats", "http")], "stored"],
    ] as const) {
      const at = new Durabilities({ link, ...topology, monitors, log: silent });
      await at.start();
      at.stop();
      expect([monitors, at.now]).toEqual([monitors, promised]);
    }
  });

  test("follows a stream whose replicas are changed while it runs", async () => {
    const { brokers, connect } = await startCluster();
    const link = await connect(0);
    const { jsm } = await streamsOf(link, { partitions: 2, replicas: 3 });
    const monitors = brokers.map(({ monitorUrl }) => monitorUrl);
    const at = new Durabilities({ link, jsm, partitions: 2, monitors, log: silent, lookMs: 50 });
    await at.start();
    onTestFinished(() => at.stop());
    expect(at.now).toBe("replicated");
    const { config } = await jsm.streams.info(mailboxStream(1));
    await jsm.streams.update(config.name, { ...config, num_replicas: 1 });
    await expect.poll(() => at.now, PATIENCE).toBe("stored");
  });
});

test("a server of another version than is needed is named at the start", async () => {
  const { link, topology } = await startStore();
  const old = createServer((_, answer) =>
    answer.end(JSON.stringify({ ...word("a", true), version: "2.12.1" })),
  );
  old.listen(0, "127.0.0.1");
  await once(old, "listening");
  onTestFinished(() => void old.close());
  const monitors = [`http://127.0.0.1:${(old.address() as AddressInfo).port}`];
  const at = new Durabilities({ link, ...topology, monitors, log: silent });
  await expect(at.start()).rejects.toThrow(
    "a server of NATS_MONITOR_URL: nats-server 2.12.1 is too old: at least 2.14.3 is needed",
  );
});
