import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { json } from "node:stream/consumers";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { binary } from "../../scripts/broker/binary.mjs";
import { brokerConf } from "../../scripts/cluster/brokerconf.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";

const SERVERS = [1, 2, 3];
/** As containers: each has an address of its own, connects from another one, and its certificate names the first. */
const hostOf = (i: number): string => `127.0.1.${i}`;

function certificates(dir: string): void {
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem");
  for (const i of SERVERS) {
    openssl("req", ...key, "-subj", `/CN=n${i}`, "-keyout", `${i}.key`, "-out", `${i}.csr`);
    // The monitor is asked at loopback, by the name of this machine.
    writeFileSync(join(dir, `${i}.ext`), `subjectAltName=IP:${hostOf(i)},DNS:localhost`);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl("x509", "-req", "-in", `${i}.csr`, ...by, "-extfile", `${i}.ext`, "-out", `${i}.pem`);
  }
}

/** Servers by the function that makes the configurations of `npm run cluster` and of Docker. */
async function encrypted() {
  const certs = folder();
  certificates(certs);
  const ca = join(certs, "ca.pem");
  const file = await binary();
  const ports = new Map<number, { client: number; monitor: number; route: number }>();
  for (const i of SERVERS)
    ports.set(i, { client: await freePort(), monitor: await freePort(), route: await freePort() });
  const addressOf = (i: number): string => `${hostOf(i)}:${ports.get(i)!.route}`;
  const dirs = new Map(SERVERS.map((i) => [i, folder()]));
  const running = new Map<number, ChildProcess>();
  const start = (i: number): void => {
    const dir = dirs.get(i)!;
    const { client, monitor, route } = ports.get(i)!;
    const passwords = ["POSTHORN", "GATEWAY", "ACTORS", "PROJECTIONS", "ADMIN"];
    writeFileSync(
      join(dir, "passwords.conf"),
      passwords.map((name) => `${name}_PASSWORD: "${name}"`).join("\n"),
    );
    const conf = brokerConf({
      name: `n${i}`,
      listen: {
        client: `127.0.0.1:${client}`,
        monitor: `127.0.0.1:${monitor}`,
        route: `0.0.0.0:${route}`,
      },
      store: join(dir, "store"),
      passwords: "passwords.conf",
      address: JSON.stringify(addressOf(i)),
      routes: SERVERS.map((each) => `nats://${addressOf(each)}`),
      certificate: { cert: join(certs, `${i}.pem`), key: join(certs, `${i}.key`), ca },
      streams: 1,
    });
    writeFileSync(join(dir, "nats.conf"), `log_file: "${join(dir, "log")}"\n${conf}`);
    running.set(i, spawn(file, ["-c", join(dir, "nats.conf")], { stdio: "ignore" }));
  };
  const kill = async (i: number): Promise<void> => {
    const child = running.get(i)!;
    const ended = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(async () => void (await Promise.all(SERVERS.map(kill))));
  for (const i of SERVERS) start(i);
  /** The monitor's answer. */
  const ask = (i: number, path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const authority = readFileSync(ca);
      const url = `https://127.0.0.1:${ports.get(i)!.monitor}${path}`;
      request(url, { ca: authority, servername: "localhost" }, (answer) => {
        json(answer).then(resolve, reject);
      })
        .on("error", reject)
        .end();
    });
  const words = (i: number): string => readFileSync(join(dirs.get(i)!, "log"), "utf8");
  return { start, kill, ask, words };
}

interface Meta {
  meta_cluster?: {
    leader?: string;
    replicas?: { name: string; current?: boolean; offline?: boolean }[];
  };
}

test("servers behind TLS dial the addresses that their certificates name, and no other, also when one has been started again", async () => {
  const { start, kill, ask, words } = await encrypted();
  const whole = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const all = await Promise.all(SERVERS.map(async (i) => (await ask(i, "/jsz")) as Meta));
        const leader = all.find(({ meta_cluster: meta }, at) => meta?.leader === `n${at + 1}`);
        const others = leader?.meta_cluster?.replicas ?? [];
        const current = others.filter((each) => each.current && each.offline !== true);
        expect(current.map(({ name }) => name)).toHaveLength(2);
      },
      { ...PATIENCE, interval: 100 },
    );
  await whole();
  await kill(2);
  start(2);
  await whole();
  for (const i of SERVERS) expect(words(i)).not.toMatch(/handshake error|failed to verify/);
});
