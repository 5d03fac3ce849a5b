import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { connectAs } from "../../src/host/connectas.ts";
import { Scope } from "../../src/host/scope.ts";
import { connect } from "../../src/nats/connection.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { startBroker, type Broker } from "../support/broker.ts";
import { until } from "./support.ts";

/** A broker with these lines in its configuration, on a port of its own or a given one. */
async function broker(lines: string, port = -1): Promise<Broker> {
  const dir = folder();
  const started = await startBroker({
    dir,
    conf: [
      `listen: "127.0.0.1:${port}"`,
      'http: "127.0.0.1:-1"',
      `ports_file_dir: ${JSON.stringify(dir)}`,
      `jetstream { store_dir: ${JSON.stringify(join(dir, "store"))} }`,
      lines,
    ].join("\n"),
  });
  onTestFinished(() => started.stop());
  return started;
}
const asking = (password: string): string =>
  `authorization { user: posthorn, password: ${password} }`;

test("a link outlives a broker that refuses it for a while", async () => {
  const first = await broker(asking("right"));
  const port = Number(new URL(first.url).port);
  const login = { url: first.url, user: "posthorn", password: "right" };
  const link = await connect(login, "spec", silent);
  onTestFinished(() => link.nc.close());
  await first.kill();
  const second = await broker(`${asking("wrong")}\nlogtime: false`, port);
  let refusals = 0;
  void (async () => {
    for await (const { type } of link.nc.status()) if (type === "error") refusals++;
  })();
  await until(() => refusals >= 3);
  await second.kill();
  await broker(asking("right"), port);
  await until(() => link.connected());
});

test("a broker that takes small messages only is refused, with the number it needs", async () => {
  const { url } = await broker("max_payload: 64KB");
  await expect(connect({ url }, "spec", silent)).rejects.toThrow(
    "max_payload has to be at least 262144",
  );
});

test("[D2] a link takes credentials as their files are when it connects, and outlives their change", async () => {
  const started = await broker(asking("before"));
  const { dir, url, pid } = started;
  const conf = join(dir, "nats.conf");
  const files = { NATS_USER_FILE: join(dir, "user"), NATS_PASSWORD_FILE: join(dir, "password") };
  writeFileSync(files.NATS_USER_FILE, "posthorn\n");
  writeFileSync(files.NATS_PASSWORD_FILE, "before\n");
  const scope = new Scope(silent);
  onTestFinished(() => scope.stop());
  const settings = readConfig({ ...files, NATS_URL: url });
  const link = await connectAs(settings, "spec", scope, silent);
  let refusals = 0;
  let back = 0;
  link.onReconnect(() => back++);
  void (async () => {
    for await (const { type } of link.nc.status()) if (type === "error") refusals++;
  })();
  // The broker changes first: it closes what it would not let in any more, and refuses it.
  writeFileSync(conf, readFileSync(conf, "utf8").replace("before", "behind"));
  process.kill(pid, "SIGHUP");
  await until(() => refusals >= 2);
  writeFileSync(files.NATS_PASSWORD_FILE, "behind\n");
  await until(() => back > 0);
  await link.nc.flush();
  expect([back, link.connected()]).toEqual([1, true]);
});

test("a link leaves a broker that stands still, and tells nobody, for another", async () => {
  const brokers = await Promise.all([broker(""), broker("")]);
  const url = brokers.map((each) => each.url).join(",");
  const link = await connect({ url }, "spec", silent);
  const there = link.nc.getServer();
  const own = brokers.find((each) => each.url.endsWith(there));
  const { pid } = own ?? expect.fail(there);
  process.kill(pid, "SIGSTOP");
  onTestFinished(() => void process.kill(pid, "SIGCONT"));
  onTestFinished(() => link.nc.close());
  await until(() => link.connected() && link.nc.getServer() !== there);
});
