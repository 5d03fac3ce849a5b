import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { connectAs } from "../../src/host/connectas.ts";
import { Scope } from "../../src/host/scope.ts";
import { serversOf } from "../../src/nats/balance/servers.ts";
import { Durabilities } from "../../src/nats/durability.ts";
import { startBroker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { startStore, until } from "./support.ts";

/** A folder with authorities `ca` and `other`, and certificates of the first one. */
let certs = "";
const openssl = (...args: string[]): void =>
  void execFileSync("openssl", args, { cwd: certs, stdio: "ignore" });
const file = (name: string): string => join(certs, `${name}.pem`);
const text = (name: string): string => readFileSync(file(name), "utf8");

const key = (name: string): string => readFileSync(join(certs, `${name}.key`), "utf8");

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** An authority that signs for itself. */
function authority(name: string): void {
  const made = ["-days", "2", "-keyout", `${name}.key`, "-out", `${name}.pem`];
  openssl("req", "-x509", ...KEY, "-subj", `/CN=${name}`, ...made);
}

/** A certificate for some hosts, of the first authority. */
function certificate(name: string, hosts: string, days = "2"): void {
  openssl("req", ...KEY, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  writeFileSync(join(certs, `${name}.ext`), `subjectAltName=${hosts}`);
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days];
  const made = ["-extfile", `${name}.ext`, "-out", `${name}.pem`];
  openssl("x509", "-req", "-in", `${name}.csr`, ...by, ...made);
}

beforeAll(() => {
  certs = mkdtempSync(join(tmpdir(), "posthorn-certs-"));
  authority("ca");
  authority("other");
  certificate("broker", "DNS:localhost,IP:127.0.0.1");
  certificate("elsewhere", "DNS:nats.example");
  certificate("expired", "DNS:localhost,IP:127.0.0.1", "-1");
  certificate("process", "DNS:process");
});

afterAll(() => rmSync(certs, { recursive: true }));

/** A broker with a certificate, or without. */
async function broker(name?: string): Promise<string> {
  const dir = folder();
  const tls = `tls { cert_file: "${certs}/${name}.pem", key_file: "${certs}/${name}.key", ca_file: "${file("ca")}", verify: true }`;
  const started = await startBroker({
    dir,
    conf: [
      'listen: "127.0.0.1:-1"',
      'http: "127.0.0.1:-1"',
      `ports_file_dir: "${dir}"`,
      name === undefined ? "" : tls,
      `jetstream { store_dir: "${dir}/store" }`,
    ].join("\n"),
  });
  onTestFinished(() => started.stop());
  return started.url;
}

/** A connection as the settings say. */
async function connected(env: Record<string, string>) {
  const scope = new Scope(silent);
  onTestFinished(() => scope.stop());
  return connectAs(readConfig(env), "spec", scope, silent);
}

const own = () => ({
  NATS_TLS_CERT_FILE: file("process"),
  NATS_TLS_KEY_FILE: join(certs, "process.key"),
});
const trusting = () => ({ NATS_TLS_CA_FILE: file("ca"), ...own() });

test("a process and a broker show each other certificates, also when theirs have been renewed", async () => {
  const url = await broker("broker");
  const CA = join(folder(), "ca.pem");
  writeFileSync(CA, text("ca"));
  const link = await connected({ NATS_URL: url, ...trusting(), NATS_TLS_CA_FILE: CA });
  let back = 0;
  link.onReconnect(() => back++);
  // The file counts at the next attempt: an authority that has gone, and has come back.
  writeFileSync(CA, text("other"));
  let refusals = 0;
  void (async () => {
    for await (const { type } of link.nc.status()) if (type === "reconnecting") refusals++;
  })();
  await link.nc.reconnect();
  await until(() => refusals > 2);
  expect(back).toBe(0);
  writeFileSync(CA, text("ca"));
  await until(() => back === 1);
});

test("a broker whose certificate is wrong, or that has none, ends a start with one sentence before anything is said to it", async () => {
  const said = async (name: string | undefined, env: Record<string, string>): Promise<string> =>
    connected({ NATS_URL: await broker(name), ...env }).then(
      () => "",
      (error: Error) => error.message.replace(/^cannot connect to NATS at \S+ \(NATS_URL\): /, ""),
    );
  const words = await Promise.all([
    said("broker", { ...own(), NATS_TLS_CA_FILE: file("other") }),
    said("expired", trusting()),
    said("elsewhere", trusting()),
    said(undefined, trusting()),
    said("broker", { NATS_TLS_CA_FILE: file("ca") }),
  ]);
  expect(words).toEqual([
    "its certificate is of an authority that is not trusted",
    "its certificate has expired",
    "its certificate is for another host",
    "it has no TLS",
    "no answer: if it wants a certificate, NATS_TLS_CERT and NATS_TLS_KEY are missing",
  ]);
});

test("a monitor behind TLS is believed if its certificate is of the authority of NATS_TLS_CA", async () => {
  const words = JSON.stringify({
    server_id: "a",
    version: "2.15.1",
    jetstream: { config: { sync_always: true } },
    meta_cluster: { leader: "n0", cluster_size: 1, replicas: [] },
  });
  const monitor = createServer({ cert: text("broker"), key: key("broker") }, (_, answer) =>
    answer.end(words),
  ).listen(0, "127.0.0.1");
  onTestFinished(() => void monitor.close());
  await once(monitor, "listening");
  const monitors = [`https://127.0.0.1:${(monitor.address() as AddressInfo).port}`];
  const { link, topology } = await startStore({ synced: true });
  const known = async (authorities?: () => string): Promise<string> => {
    const parts = { link, ...topology, monitors, log: silent };
    const at = new Durabilities({ ...parts, ...(authorities && { authorities }) });
    await at.start();
    at.stop();
    return at.now;
  };
  expect(await known(() => text("ca"))).toBe("synced");
  expect(await known(() => text("other"))).toBe("stored");
  expect(await known()).toBe("stored");
  expect(await serversOf(monitors, text("ca"))).toEqual(["n0"]);
  for (const ca of [text("other"), undefined])
    await expect(serversOf(monitors, ca)).rejects.toThrow("none of NATS_MONITOR_URL");
});

test("settings of TLS that are no certificate, no key, or not of each other, are refused by name", () => {
  const fault = (env: Record<string, string>) => {
    try {
      readConfig(env);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const [NATS_TLS_CERT, other] = [text("process"), key("broker")];
  expect(fault({ NATS_TLS_CA: "no PEM" })).toContain("NATS_TLS_CA: certificates in PEM");
  expect(fault({ NATS_TLS_CERT, NATS_TLS_KEY: "x" })).toContain("NATS_TLS_KEY: a private key");
  expect(fault({ NATS_TLS_CERT })).toContain("NATS_TLS_CERT: not without NATS_TLS_KEY");
  expect(fault({ NATS_TLS_KEY: other })).toContain("NATS_TLS_KEY: not without NATS_TLS_CERT");
  expect(fault({ NATS_TLS_CERT, NATS_TLS_KEY: other })).toContain("not the key of NATS_TLS_CERT");
  expect(fault({ TLS_CERT: NATS_TLS_CERT })).toContain("TLS_CERT: not without TLS_KEY");
  const wrong = fault({ TLS_CERT: NATS_TLS_CERT, TLS_KEY: other });
  expect(wrong).toContain("TLS_KEY: not the key of TLS_CERT");
  expect(wrong).not.toContain("PRIVATE");
});
