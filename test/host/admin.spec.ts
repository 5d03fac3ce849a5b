import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { AdminPort } from "../../src/host/admin.ts";
import { silent } from "../support/silent.ts";

const REQUEST = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

/** An admin port whose numbers are of this length, and how often they were put together. */
async function port(chars = 10) {
  let asked = 0;
  const text = async (): Promise<string> => {
    asked++;
    return "x".repeat(chars);
  };
  const admin = new AdminPort(
    { host: "127.0.0.1", port: 0, setting: "ADMIN_PORT" },
    { numbers: { contentType: "text/plain", text }, health: () => ({}) as never, log: silent },
  );
  await admin.start();
  onTestFinished(() => admin.stop());
  const dial = async (): Promise<Socket> => {
    const tcp = connect(admin.port, "127.0.0.1").on("error", () => undefined);
    await once(tcp, "connect");
    return tcp;
  };
  return { dial, asked: () => asked };
}

describe("[D3] the port of whoever runs the server", () => {
  test("ends a connection that asks again before it has its answer, and has put one together", async () => {
    const { dial, asked } = await port(100_000);
    const tcp = await dial();
    const closed = new Promise<void>((resolve) => tcp.once("close", () => resolve()));
    tcp.resume().write(REQUEST.repeat(500));
    await closed;
    expect(asked()).toBe(1);
  });

  test("answers one request behind the other on a connection", async () => {
    const { dial, asked } = await port();
    const tcp = await dial();
    for (let i = 0; i < 3; i++) {
      tcp.write(REQUEST);
      const [heard] = (await once(tcp, "data")) as [Buffer];
      expect(String(heard)).toContain("200 OK");
    }
    expect(asked()).toBe(3);
    tcp.destroy();
  });
});
