import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { get } from "node:https";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectEncrypted, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { startBroker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { startRole } from "../support/role.ts";
import { soon } from "../support/soon.ts";

const MAKE = join(import.meta.dirname, "../../docker/certificates.sh");
const CONNECTIONS_MAX = 4;
/** Beyond their share, connections of one address are still answered: so many. */
const SPARE = 20;

/** A gateway that speaks HTTPS by files that may change, until the spec is over. */
async function startEncrypted() {
  const [dir, broker] = [folder(), await startBroker()];
  onTestFinished(() => broker.stop());
  execFileSync("sh", [MAKE, dir, "one", "two"]);
  const show = (name: string, ...kinds: string[]): void =>
    kinds.forEach((kind) => copyFileSync(join(dir, `${name}.${kind}`), join(dir, `now.${kind}`)));
  show("one", "pem", "key");
  const gateway = await startRole("gateway,actors,projections", {
    NATS_URL: broker.url,
    TLS_CERT_FILE: join(dir, "now.pem"),
    TLS_KEY_FILE: join(dir, "now.key"),
    CONNECTIONS_PER_ADDRESS: `${CONNECTIONS_MAX}`,
    HTTP_HEADERS_MS: "3000",
    LOG_LEVEL: "info",
  });
  const port = Number(new URL(gateway.url).port);
  const ca = readFileSync(join(dir, "ca.pem"), "utf8");
  /** The name on the certificate that a connection is shown. */
  const shown = async (): Promise<string> => {
    const socket: TLSSocket = connectEncrypted({ host: "127.0.0.1", port, ca });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  };
  return { gateway, port, ca, show, shown };
}

test("a gateway with a certificate speaks HTTPS alone, and shows a new one once certificate and key are of each other, with sockets that stay", async () => {
  const { gateway, port, ca, show, shown } = await startEncrypted();
  const { url } = gateway;
  const origin = url.replace("http", "https");
  await expect(fetch(`${url}/livez`)).rejects.toThrow("fetch failed");
  const [answer] = await once(get(`${origin}/admitz`, { ca, agent: false }), "response");
  expect(answer.statusCode).toBe(200);
  const ws = new WebSocket(`${origin.replace("https", "wss")}/v1/ws`, { ca, origin });
  onTestFinished(() => ws.terminate());
  await once(ws, "open");

  expect(await shown()).toBe("one");
  show("two", "pem");
  await soon(() => expect(gateway.log()).toContain("not of each other"));
  expect(await shown()).toBe("one");
  show("two", "key");
  await soon(async () => expect(await shown()).toBe("two"));
  expect(ws.readyState).toBe(WebSocket.OPEN);

  // Hands that are not shaken count for their address, and are let go in the time of a header.
  const silent: Socket[] = Array.from({ length: CONNECTIONS_MAX + SPARE }, () =>
    connect(port, "127.0.0.1").on("error", () => undefined),
  );
  const letGo = silent.map((socket) => once(socket, "close"));
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  const beyond = connect(port, "127.0.0.1").on("error", () => undefined);
  await once(beyond, "close");
  // Refused, and not let go as those before it will be.
  expect(silent.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(SPARE / 2);
  await Promise.all(letGo);
  expect(await shown()).toBe("two");
  expect(await gateway.ended("SIGTERM")).toBe(0);
});
