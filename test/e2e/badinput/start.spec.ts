import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../../src/config/config.ts";
import { connect } from "../../../src/nats/connection.ts";
import { startApp } from "../../support/app.ts";
import { startBroker } from "../../support/broker.ts";
import { device } from "../../support/device.ts";
import { PATIENCE } from "../../support/patience.ts";
import { answer } from "../../support/siege.ts";
import { silent } from "../../support/silent.ts";
import { streamsOf } from "../../support/streams.ts";

const MAIN = join(import.meta.dirname, "../../../dist/main.js");
const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "start-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const PASSWORD = "pa55word-of-the-broker";

let starts = 0;
/** Starts the process, which must end by itself, with 1, after one sentence on stderr. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: join(dir, `data-${++starts}`), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  let out = "";
  let said = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  const lines = said.trimEnd().split("\n");
  const sentences = lines.filter((line) => !line.startsWith("{"));
  // Lines of the log go another way, and may come behind it.
  expect({ code, out, sentences }).toEqual({ code: 1, out: "", sentences: [expect.any(String)] });
  expect(said).not.toMatch(/\n\s+at |password-of|pa55word/);
  return sentences[0] ?? "";
}

/** Something that listens where a nats-server should be. */
async function impostor(greet: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    greet(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    NATS_URL: `nats://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** The first line of a nats-server. */
const greeting = (more: object): string =>
  `INFO ${JSON.stringify({ server_id: "X", max_payload: 1_048_576, headers: true, proto: 1, ...more })}\r\n`;

describe("the process ends with one sentence when the broker", () => {
  test("is older than the minimum, and says both versions", async () => {
    const refused = ["2.9.10", "2.14.2", "1.0.0"].map(async (version) => {
      await using old = await impostor((socket) => {
        socket.write(greeting({ version }));
        socket.on("data", (said) => String(said).includes("PING") && socket.write("PONG\r\n"));
      });
      const sentence = await refusalOf({ NATS_URL: old.NATS_URL });
      expect(sentence).toBe(`nats-server ${version} is too old: at least 2.14.3 is needed`);
    });
    await Promise.all(refused);
  });

  test("is not there, and says where it was looked for, without the password", async () => {
    const gone = await impostor(() => undefined);
    await gone[Symbol.asyncDispose]();
    const { NATS_URL, port } = gone;
    const login = { NATS_USER: "someone", NATS_PASSWORD: PASSWORD };
    expect(await refusalOf({ NATS_URL, ...login })).toContain(
      `cannot connect to NATS at nats://127.0.0.1:${port} (NATS_URL): `,
    );
    expect(await refusalOf({ NATS_URL: `nats://someone:${PASSWORD}@127.0.0.1:${port}` })).toContain(
      "NATS_URL: no user and password in it",
    );
  });

  test("wants TLS that it cannot speak, is something else, or hangs up", async () => {
    const greets: ((socket: Socket) => void)[] = [
      (socket) => {
        socket.write(greeting({ version: "2.15.0", tls_required: true }));
        socket.once("data", () => socket.end("no TLS here"));
      },
      (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
      (socket) => socket.end(),
      (socket) => socket.end(greeting({ version: "2.15.0" }) + "-ERR 'gone'\r\n"),
    ];
    const refused = greets.map(async (greet) => {
      await using other = await impostor(greet);
      expect(await refusalOf({ NATS_URL: other.NATS_URL })).toContain("cannot connect to NATS at ");
    });
    await Promise.all(refused);
  });

  test("does not take the credentials, or has no JetStream", async () => {
    const login = { user: "posthorn", password: PASSWORD };
    const broker = await startBroker({ login });
    const { url } = broker;
    for (const more of [{}, { NATS_USER: "posthorn" }, { NATS_TOKEN: `${PASSWORD}x` }])
      expect(await refusalOf({ NATS_URL: url, ...more })).toMatch(
        /cannot connect to NATS .*uthori/,
      );
    await broker.stop();
    const bare = join(dir, "bare");
    const conf = `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\nports_file_dir: "${bare}"\nlog_file: "${bare}/nats.log"\n`;
    const without = await startBroker({ dir: bare, conf });
    expect(await refusalOf({ NATS_URL: without.url })).toContain("JetStream cannot be used: ");
    await without.stop();
  });

  test("has a mirror that answers what mailbox streams are asked, and names it", async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const link = await connect({ url: broker.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    const { jsm } = await streamsOf(link, { partitions: 1, replicas: 1 });
    const mirror = { name: "COPY", allow_direct: true, mirror: { name: "MAILBOX_0" } };
    await jsm.streams.add(mirror);
    await expect
      .poll(async () => (await jsm.streams.info("COPY")).state.messages, PATIENCE)
      .toBeGreaterThan(0);
    expect(await refusalOf({ NATS_URL: broker.url })).toContain(
      "stream COPY answers direct gets for MAILBOX_0",
    );
  });
});

describe("the process ends with one sentence when its own surroundings", () => {
  test("[O5] are wrong in a setting, and says which", async () => {
    const rows: [Record<string, string>, string][] = [
      [{ PORT: "99999" }, "PORT"],
      [{ PORT: "http" }, "PORT"],
      [{ QUEUE_BYTES: "-1" }, "QUEUE_BYTES"],
      [{ HTTP_HEADERS_MS: "30001" }, "HTTP_HEADERS_MS: at most HTTP_REQUEST_MS"],
      [{ CONNECTIONS_PER_ADDRESS: "0" }, "CONNECTIONS_PER_ADDRESS: at least 1"],
      [{ ONLINE_MS: "2147483648" }, "ONLINE_MS: at most 2147483647"],
      [{ AUTH: "none" }, "AUTH"],
      [{ AUTH: "jwt" }, "JWT_ISSUER, JWT_AUDIENCE, JWT_ALGORITHMS, JWT_JWKS_URL or JWT_SECRET"],
      [{ HOST: "0.0.0.0" }, "AUTH=jwt needs"],
      [{ JWT_SECRET: "short-pa55word" }, "JWT_SECRET: at least 32 characters"],
      [{ JWT_SECRET_FILE: join(dir, "nowhere") }, "JWT_SECRET_FILE"],
    ];
    for (const [env, said] of rows) expect(() => readConfig(env)).toThrow(said);
    const jwt = { AUTH: "jwt", JWT_ISSUER: "i", JWT_AUDIENCE: "a" };
    for (const [alg, key] of [
      ["RS256", { JWT_SECRET: PASSWORD.repeat(2) }],
      ["HS256", { JWT_JWKS_URL: "http://127.0.0.1:1/" }],
      ["none", { JWT_SECRET: PASSWORD.repeat(2) }],
    ] as const)
      expect(() => readConfig({ ...jwt, JWT_ALGORITHMS: alg, ...key })).toThrow(
        alg === "none" ? "JWT_ALGORITHMS: HS256, RS256" : `JWT_ALGORITHMS: ${alg} `,
      );
    expect(await refusalOf({ PORT: "x", JWT_SECRET: PASSWORD })).toBe(
      "settings are wrong: PORT: a whole number; JWT_SECRET: at least 32 characters",
    );
  });

  test("[O5] have its port taken, or its folder closed", async () => {
    await using taken = await impostor(() => undefined);
    const sentence = await refusalOf({ PORT: String(taken.port) });
    expect(sentence).toBe(`port ${taken.port} on 127.0.0.1 is in use; set PORT to another`);
    // An address for documents (RFC 5737), which no host has.
    expect(await refusalOf({ ADMIN_HOST: "192.0.2.1", ADMIN_PORT: "0" })).toMatch(
      /^port 0 on 192\.0\.2\.1 cannot be opened \(.*\): ADMIN_HOST names the address$/,
    );
    writeFileSync(join(dir, "file"), "");
    const broker = await startBroker();
    // Of the second, mkdir says what it says of a folder that is missing.
    for (const DATA_DIR of [join(dir, "file", "data"), "/proc/none/data"])
      expect(await refusalOf({ NATS_URL: broker.url, DATA_DIR })).toMatch(
        /^DATA_DIR cannot be written: .*(file|none)/,
      );
    await broker.stop();
  });

  test("[O5] have their folder used by a server that runs, and not by one that was killed", async () => {
    const app = await startApp();
    const second = await refusalOf({ NATS_URL: app.broker.url, DATA_DIR: app.dir });
    expect(second).toContain(`server.lock is held by process ${app.pid} on ${hostname()}`);
    await app.kill();
    await app.restart();
    expect((await fetch(`${app.url}/livez`)).status).toBe(200);
    await app.stop();
  });
});

test("[O5] a server whose folder another has taken ends at once, with one sentence and without a drain", async () => {
  const app = await startApp();
  const lock = join(app.dir, "server.lock");
  writeFileSync(lock, JSON.stringify({ id: "another", pid: 7, host: "another-host" }));
  expect(await app.ended()).toBe(1);
  expect(app.log()).toContain(`${lock} is held by process 7 on another-host now`);
  expect(app.log()).not.toContain('"draining"');
  expect(readFileSync(lock, "utf8")).toContain("another-host");
  await app.stop();
});

test("[D5] a password, a token or a text is in no line of the log, also when all goes wrong", async () => {
  const login = { user: "posthorn", password: PASSWORD };
  const broker = await startBroker({ login });
  const settings = { NATS_URL: broker.url, NATS_USER: login.user, NATS_PASSWORD: PASSWORD };
  const app = await startApp({
    ...settings,
    NATS_MONITOR_URL: broker.monitorUrl,
    LOG_LEVEL: "trace",
  });
  const ann = await device(app, "ann");
  const body = "a text that is nobody's business";
  const token = await app.token("ann");
  await answer(ann, { t: "send", cid: "a.1", to: "ben", body });
  await answer(ann, { t: "hello", token, deviceId: "d" });
  await broker.kill();
  const late = answer(ann, { t: "send", cid: "a.2", to: "ben", body });
  await broker.restart();
  expect(await late).toMatchObject({ t: "sent" });
  expect(app.log()).toContain("broker connection lost");
  for (const secret of [PASSWORD, body, token, "eyJhbGciOi"])
    expect(app.log()).not.toContain(secret);
  await ann.close();
  await app.stop();
  await broker.stop();
});
