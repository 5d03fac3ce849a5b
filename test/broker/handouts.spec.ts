import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { offerFile, peers } from "../../src/nats/otherreplicas.ts";
import type { HandedOut, OtherReplicas } from "../../src/projections/ports.ts";
import { verify } from "../../src/projections/verify.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { shared, startReplica } from "./replica.ts";
import { entry } from "../projections/traffic.mjs";

/** More than are folded sooner than a file is copied. */
const ENTRIES = 20_004;

const to = shared();
const story: Entry[] = Array.from({ length: ENTRIES }, (_, i) => entry(i + 1));

/** A replica of the views until the spec is over, which offers its files while they are current. */
async function replica(name: string, more: { epoch?: string; peers?: OtherReplicas } = {}) {
  const mailbox = new MemorySource();
  mailbox.epoch = more.epoch ?? "first";
  mailbox.batchMax = 2_000;
  mailbox.store(...story);
  const dir = folder();
  const { views, sources } = await startReplica({
    name,
    mailbox,
    dir,
    peers: more.peers ?? peers(to.link, name, silent),
    serve: (stream, offering) => {
      let end: (() => void) | undefined;
      return {
        beCurrent: (isCurrent) => {
          if (isCurrent) end ??= offerFile(to.link, { stream, self: name }, offering, silent);
        },
        end: () => end?.(),
      };
    },
  });
  onTestFinished(() => views.stop());
  await views.ready;
  return { views, dir, mailbox, sources };
}

/** The peers of a replica, with what is told of the file that it gets. */
const through = (
  told: (file: HandedOut | undefined) => Promise<HandedOut | undefined>,
): OtherReplicas => {
  const honest = peers(to.link, "through", silent);
  return {
    ...honest,
    handout: async (...asked) => told(await honest.handout(...asked)),
  };
};

async function* partsOf(...parts: Buffer[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** The file with garbage behind its head, and the digest of that. */
async function rotten({ bytes, parts }: HandedOut): Promise<HandedOut> {
  const whole: Uint8Array[] = [];
  for await (const part of parts) whole.push(part);
  const head = Buffer.concat(whole).subarray(0, 8_192);
  const file = Buffer.concat([head, randomBytes(bytes - head.length)]);
  return {
    bytes,
    sha256: createHash("sha256").update(file).digest("hex"),
    parts: partsOf(file),
  };
}

async function* halfOf({ bytes, parts }: HandedOut): AsyncGenerator<Uint8Array> {
  let left = bytes / 2;
  for await (const part of parts) if ((left -= part.length) > 0) yield part;
}

describe("[V12] a new replica of the views", () => {
  test("takes the file of a peer that is current, follows from there, and has byte for byte what a replay gives", async () => {
    const first = await replica("first");
    const second = await replica("second");
    expect([first.mailbox.followed, second.mailbox.followed]).toEqual([[0], [ENTRIES]]);
    const more = [1, 2, 3, 4].map((n) => entry(ENTRIES + n));
    second.mailbox.store(...more);
    await second.views.runners.get("MAILBOX_0")?.atLeast(ENTRIES + 4);
    const [verdict] = await verify(second.dir, folder(), second.sources, silent);
    expect(verdict).toMatchObject({ seq: ENTRIES + 4, unproven: 0 });
    expect(verdict?.differs ?? verdict?.missing).toBeUndefined();
    // Nothing is left of the copying, on either side, once nobody asks for it any more.
    await Promise.all([first.views.stop(), second.views.stop()]);
    expect(readdirSync(first.dir).toSorted()).toEqual(["ACTIVITY", "MAILBOX_0"]);
    expect(readdirSync(second.dir).toSorted()).toEqual(["ACTIVITY", "MAILBOX_0"]);
  });
  test("reads the log where no peer is there, or none of the same life and versions", async () => {
    const alone = await replica("alone");
    expect(alone.mailbox.followed).toEqual([0]);
    await alone.views.stop();
    await replica("other", { epoch: "second" });
    const taken: unknown[] = [];
    const peersOf = through(async (file) => {
      taken.push(file);
      return file;
    });
    expect((await replica("third", { peers: peersOf })).mailbox.followed).toEqual([0]);
    expect(taken).toEqual([undefined]);
  });
  test("opens no file that was cut off, altered or is damaged, and reads the log", async () => {
    await replica("first");
    const lies: ((file: HandedOut) => Promise<HandedOut>)[] = [
      async (file) => ({ ...file, parts: halfOf(file) }),
      async (file) => ({ ...file, sha256: "0".repeat(64) }),
      rotten,
    ];
    for (const lie of lies) {
      const { views, mailbox, dir } = await replica("through", {
        peers: through(async (file) => file && (await lie(file))),
      });
      expect(mailbox.followed).toEqual([0]);
      expect(readdirSync(dir)).not.toContain("MAILBOX_0-adopting");
      // It would be asked itself by the next one.
      await views.stop();
    }
  });
});
