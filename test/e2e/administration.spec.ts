import { createInbox } from "@nats-io/transport-node";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { backup } from "../../src/cli/backup.ts";
import { doctor } from "../../src/cli/doctor.ts";
import { restore } from "../../src/cli/restore.ts";
import { connect } from "../../src/nats/connection.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { commanded } from "../support/command.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { startShipped, type Role, type Shipped } from "../support/shipped.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";

/** Entries of 1 KiB that do not compress: the broker sends more than its window before it is done. */
const ENTRIES = 64;
let broker: Shipped;

const connected = async (role: Role) => {
  const [user, password] = [role, broker.password(role)];
  const { nc } = await connect({ url: broker.url, user, password }, "spec", silent);
  onTestFinished(() => nc.close());
  return nc;
};

beforeAll(async () => {
  broker = await startShipped();
  const login = { user: "posthorn", password: broker.password("posthorn") };
  const { nc } = await connect({ url: broker.url, ...login }, "spec", silent);
  await streamsOf({ nc }, { partitions: 2, replicas: 1 });
  for (let n = 0; n < ENTRIES; n++)
    await nc.request(factSubject(`user${n}`), crypto.getRandomValues(new Uint8Array(1024)), {
      timeout: PATIENCE_MS,
    });
  await nc.close();
});
afterAll(() => broker.stop());

describe("with the rights of docker/nats.conf, the administrator", () => {
  test("takes a snapshot of a stream part by part, and makes the stream of it again", async () => {
    const nc = await connected("admin");
    const inbox = createInbox("_INBOX_admin");
    const parts: Uint8Array[] = [];
    const end = new Promise<number>((ended) => {
      nc.subscribe(inbox, {
        callback: (_error, msg) => {
          if (msg.data.length === 0) return ended(msg.headers?.code ?? 0);
          parts.push(msg.data);
          msg.respond();
        },
      });
    });
    const ask = async (subject: string, question: object | Uint8Array | ""): Promise<object> => {
      const raw = question instanceof Uint8Array || question === "";
      const text = raw ? question : JSON.stringify(question);
      const answer = await nc.request(subject, text, PATIENCE);
      return answer.data.length === 0 ? {} : answer.json<object>();
    };
    const question = { deliver_subject: inbox, chunk_size: 1024, window_size: 2048 };
    const taken = await ask("$JS.API.STREAM.SNAPSHOT.MAILBOX_0", question);
    expect(taken).toMatchObject({ state: { first_seq: 1, messages: expect.any(Number) } });
    expect(await end).toBe(204);
    expect(parts.length).toBeGreaterThan(8);
    expect(await ask("$JS.API.STREAM.DELETE.MAILBOX_0", "")).toMatchObject({ success: true });
    const { config, state } = taken as { config: object; state: object };
    const began = await ask("$JS.API.STREAM.RESTORE.MAILBOX_0", { config, state });
    const { deliver_subject: subject } = began as { deliver_subject: string };
    for (const part of parts) expect(await ask(subject, part)).toEqual({});
    expect(await ask(subject, "")).toMatchObject({ state });
  });

  test("backs up all streams and puts them back, by the commands", async () => {
    const dir = join(folder(), "bundle");
    const env = {
      NATS_URL: broker.url,
      NATS_USER: "admin",
      NATS_PASSWORD: broker.password("admin"),
    };
    expect(await commanded(backup, [dir], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/: 6 streams, 66 entries, .* complete\n$/),
    });
    expect(await commanded(restore, [dir, "--replace"], env)).toMatchObject({ code: 0 });
    const { nc } = await connect(
      { url: broker.url, user: "posthorn", password: broker.password("posthorn") },
      "spec",
      silent,
    );
    onTestFinished(() => nc.close());
    const topology = await streamsOf({ nc }, { partitions: 1, replicas: 1 });
    expect(topology.owners.of(1).owner.marks).toMatchObject([{ generation: 1 }]);
  });

  test.each(["posthorn", "actors"] as const)(
    "is who has to: %s is told which right is missing",
    async (role) => {
      const env = {
        NATS_URL: broker.url,
        NATS_USER: role,
        NATS_PASSWORD: broker.password(role),
      };
      expect(await commanded(backup, [join(folder(), "bundle")], env)).toEqual({
        code: 1,
        out: "",
        err: expect.stringMatching(
          /^posthorn: the broker does not permit this user to publish to \$JS\.API\.[^\n]+`admin`[^\n]+\n$/,
        ),
      });
    },
  );
});

describe("posthorn doctor", () => {
  test.each([
    ["posthorn", 0, /^well {3}rights /m],
    ["gateway", 1, /^FAIL {3}rights {5}missing: publish copy\.\d+\.\d+\.posthorn-doctor, /m],
    [
      "admin",
      1,
      /^FAIL {3}rights .*subscription signal\.\d+\.\d+.* \(docker\/nats\.conf has all\)$/m,
    ],
  ] as const)("finds the rights of %s, which are those it has", async (role, code, line) => {
    const env = {
      NATS_URL: broker.url,
      NATS_USER: role,
      NATS_PASSWORD: broker.password(role),
      DATA_DIR: folder(),
    };
    const ended = await commanded(doctor, [], env);
    expect(ended).toMatchObject({ code, out: expect.stringMatching(line) });
  });

  test.each([
    '"checkpoint.*.>", "$KV.SNAPSHOT.>", "$KV.GATEWAY.*",',
    '"$JS.API.CONSUMER.MSG.NEXT.*.*"',
    '"presence.*.*.*", ',
  ])("misses a right that posthorn does not have: %s", async (right) => {
    const other = await startShipped((conf) =>
      conf.replace(right, right.startsWith('"checkpoint') ? '"checkpoint.*.>",' : ""),
    );
    onTestFinished(() => other.stop());
    const env = {
      NATS_URL: other.url,
      NATS_USER: "posthorn",
      NATS_PASSWORD: other.password("posthorn"),
      DATA_DIR: folder(),
    };
    const { code, out } = await commanded(doctor, [], env);
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL {3}rights {5}missing: [^\n]*(SNAPSHOT|NEXT|presence)[^\n]*$/m);
  });
});
