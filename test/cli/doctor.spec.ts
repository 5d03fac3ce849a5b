import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { doctor } from "../../src/cli/doctor.ts";
import { files, look, type Finding } from "../../src/cli/examination.ts";
import { judgeRoom } from "../../src/host/room.ts";
import { startStore } from "../broker/support.ts";
import { startBroker } from "../support/broker.ts";
import { commanded, type Ended } from "../support/command.ts";
import { folder } from "../support/folder.ts";

const NOWHERE = "nats://127.0.0.1:1";
const run = (env: Record<string, string>): Promise<Ended> =>
  commanded(doctor, [], { DATA_DIR: folder(), ...env });

/** The finding about something, where the clock of this host says `now`. */
async function finding(
  about: string,
  env: Record<string, string>,
  now: () => number = Date.now,
): Promise<Finding | undefined> {
  let found: Finding | undefined;
  for await (const each of look({ DATA_DIR: folder(), ...env }, now))
    if (each.about === about) found = each;
  return found;
}

describe("posthorn doctor", () => {
  test("says a line for each thing that it looks at, changes nothing, and ends with 0", async () => {
    const { broker, topology } = await startStore();
    const before = await topology.jsm.streams.info("MAILBOX_0");
    const { code, out, err } = await run({ NATS_URL: broker.url });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ +/)[1])).toEqual([
      "files",
      "settings",
      "disk",
      "broker",
      "rights",
      "streams",
      "clock",
    ]);
    expect(out).toMatch(/^well {3}broker {5}nats-server \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+$/m);
    expect(out).toMatch(
      /^well {3}streams {4}1 of mailboxes, 1 replicas of each, of the cluster posthorn$/m,
    );
    expect(out).toMatch(/^(well|note) {3}clock .* s (behind|ahead of) this host's$/m);
    expect((await topology.jsm.streams.info("MAILBOX_0")).state).toEqual(before.state);
  });

  test("makes no streams where there are none", async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    for (let again = 0; again < 2; again++) {
      const { code, out } = await run({ NATS_URL: broker.url });
      expect(code).toBe(0);
      expect(out).toMatch(
        /^well {3}streams {4}none yet: posthorn init makes them, or a first start whose NATS user may\n$/m,
      );
    }
  });

  test("ends with 1 when a setting is wrong, and looks no further", async () => {
    const { code, out } = await run({ NATS_URL: NOWHERE, PORT: "no" });
    expect(code).toBe(1);
    expect(out.trimEnd().split("\n").at(-1)).toMatch(
      /^FAIL {3}settings {3}settings are wrong: PORT/,
    );
  });

  test("notes a setting that is misspelt", async () => {
    expect(await finding("settings", { NATS_URL: NOWHERE, PARTITION: "4" })).toEqual({
      verdict: "note",
      about: "settings",
      says: "PARTITION is none, did you mean PARTITIONS?",
    });
  });

  test("ends with 1 where no broker is", async () => {
    const { code, out } = await run({ NATS_URL: NOWHERE });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^FAIL {3}broker {5}cannot connect to NATS at nats:\/\/127\.0\.0\.1:1 \(NATS_URL\): .+\n$/m,
    );
  });

  test("ends with 1 where the broker has no JetStream, or takes messages that are too short", async () => {
    const plain = async (more: string) => {
      const dir = folder();
      const conf = `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\nports_file_dir: ${JSON.stringify(dir)}\npid_file: "${dir}/nats.pid"\n${more}\n`;
      const broker = await startBroker({ dir, conf });
      onTestFinished(() => broker.stop());
      return finding("broker", { NATS_URL: broker.url });
    };
    expect(await plain("")).toMatchObject({
      verdict: "FAIL",
      says: expect.stringContaining("JetStream cannot be used"),
    });
    expect(await plain("max_payload: 64KB")).toMatchObject({
      verdict: "FAIL",
      says: expect.stringContaining("max_payload has to be at least 262144"),
    });
  });

  test.each([
    ["is missing", "ACTIVITY", "stream ACTIVITY is missing"],
    ["was made by something else", "CHECKPOINT_0", "stream CHECKPOINT_0 is of format 1"],
  ])("ends with 1 where a stream %s", async (_, name, says) => {
    const { broker, topology } = await startStore();
    await topology.jsm.streams.delete(name);
    if (name !== "ACTIVITY") await topology.jsm.streams.add({ name, subjects: ["checkpoint.0.>"] });
    expect(await finding("streams", { NATS_URL: broker.url })).toEqual({
      verdict: "FAIL",
      about: "streams",
      says: expect.stringContaining(says),
    });
  });

  test("notes clocks that differ by a second, and fails where they differ by more than tokens allow", async () => {
    const { broker } = await startStore();
    const env = { NATS_URL: broker.url };
    const at = (ms: number) => finding("clock", env, () => Date.now() + ms);
    // As exact as the broker's answer is quick.
    await expect
      .poll(() => at(5_000))
      .toMatchObject({
        verdict: "note",
        says: expect.stringMatching(/^the broker's is (4\.9|5\.0)\d+ s behind this host's$/),
      });
    expect(await at(-61_500)).toMatchObject({
      verdict: "FAIL",
      says: expect.stringMatching(/ s ahead of this host's: set both by NTP$/),
    });
  });

  test("ends with 1 where DATA_DIR cannot be made", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const { code, out } = await run({ NATS_URL: NOWHERE, DATA_DIR: join(file, "data") });
    expect(code).toBe(1);
    expect(out).toContain(`FAIL   disk       ${file} is no folder\n`);
  });

  test.each([
    [{ POSTHORN_ROLES: "actors" }],
    [{ POSTHORN_ROLES: "gateway,actors", DEV_SECRET: "s".repeat(32) }],
  ])("passes over DATA_DIR where the process keeps nothing there: %j", async (env) => {
    expect(await finding("disk", { NATS_URL: NOWHERE, ...env })).toBeUndefined();
  });

  test("looks at the disk of the broker's store where that is known", async () => {
    const store = folder();
    expect(await finding("store", { NATS_URL: NOWHERE, NATS_STORE_DIR: store })).toMatchObject({
      says: expect.stringMatching(/ free at /),
    });
  });

  test("ends with 2 for an argument", async () => {
    expect(await commanded(doctor, ["now"], {})).toMatchObject({ code: 2, out: "" });
  });
});

const MIB = 1024 ** 2;
test.each([
  [255 * MIB, 10_000 * MIB, "none"],
  [257 * MIB, 300 * MIB, "low"],
  [3_000 * MIB, 100_000 * MIB, "low"],
  [6_000 * MIB, 100_000 * MIB, "enough"],
])("of a disk with %d of %d bytes free there is %s", (free, total, verdict) => {
  expect(judgeRoom({ free, total })).toBe(verdict);
});

test.each([
  [255, "FAIL"],
  [1_024, "note"],
  [65_536, "well"],
  [Number.POSITIVE_INFINITY, "well"],
])("%d open files are %s", (most, verdict) => {
  expect(files(most).verdict).toBe(verdict);
});
