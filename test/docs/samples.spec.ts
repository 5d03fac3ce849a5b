import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { Given } from "../../src/config/settings.ts";

const TOP = join(import.meta.dirname, "../..");
const sample = (name: string): string => readFileSync(join(TOP, "docs/samples", name), "utf8");
const operations = readFileSync(join(TOP, "docs/operations.md"), "utf8");
const { HEARTBEAT_MS, PORT } = readConfig({});

/** The lines `A=b` of a unit or of a file of settings. */
const pairs = (text: string): [string, string][] =>
  [...text.matchAll(/^([A-Za-z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);

/** Seconds of a time like `120s`. */
const seconds = (text: string, before: RegExp): number =>
  Number(new RegExp(`${before.source}\\s*=?\\s*(\\d+)s\\b`).exec(text)?.[1]);

describe("the sample of the settings of a service", () => {
  test("has settings that the program takes, with the files that it names", () => {
    const dir = mkdtempSync(join(tmpdir(), "posthorn-samples-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "nats-password"), "secret\n");
    const env = pairs(sample("posthorn.env")).map(
      ([name, value]) => [name, value.replace("/etc/posthorn", dir)] as const,
    );
    const known = Object.keys(Given.shape);
    expect(
      env.map(([name]) => name.replace(/_FILE$/, "")).filter((name) => !known.includes(name)),
    ).toEqual([]);
    expect(readConfig(Object.fromEntries(env))).toMatchObject({
      AUTH: "jwt",
      NATS_PASSWORD: "secret",
      HOST: "127.0.0.1",
    });
  });
});

describe("the sample of a systemd unit", () => {
  const unit = new Map(pairs(sample("posthorn.service")));

  test("starts the program, gives it the time that a drain may take, and starts it again for ever", () => {
    expect(unit.get("ExecStart")).toBe("/usr/bin/node dist/main.js");
    expect(existsSync(join(TOP, "src/main.ts"))).toBe(true);
    const [, grace = ""] = /Allow it\s+(\d+)\s+s/.exec(operations) ?? [];
    expect(unit.get("TimeoutStopSec")).toBe(`${grace}s`);
    expect([unit.get("Restart"), unit.get("StartLimitIntervalSec")]).toEqual(["always", "0"]);
  });

  test("keeps the views in the folder that it makes", () => {
    const said = pairs(sample("posthorn.service")).filter(([name]) => name === "Environment");
    const folder = `/var/lib/${unit.get("StateDirectory")}`;
    expect(said.map(([, value]) => value)).toContain(`DATA_DIR=${folder}`);
  });
});

describe.each([
  ["nginx.conf", /proxy_read_timeout/, "proxy_set_header X-Forwarded-For $remote_addr;"],
  ["haproxy.cfg", /timeout tunnel/, "http-request set-header X-Forwarded-For %[src]"],
])("the sample of a proxy, %s,", (name, limit, address) => {
  test("lets a connection be silent for longer than Posthorn is", () => {
    expect(seconds(sample(name), limit) * 1_000).toBeGreaterThan(2 * HEARTBEAT_MS);
  });

  test("says the address that has connected, and not what a client says of itself", () => {
    expect(sample(name)).toContain(address);
  });
});

test("the samples of proxies lead to the port of Posthorn, tell nobody outside how it is, and say which settings they need", () => {
  for (const name of ["nginx.conf", "haproxy.cfg", "Caddyfile"]) {
    const text = sample(name);
    expect(text).toMatch(new RegExp(`\\b127\\.0\\.0\\.1:${PORT}\\b`));
    for (const path of ["/readyz", "/livez", "/admitz"]) expect(text).toContain(path);
    expect(text).toContain("TRUSTED_PROXIES=127.0.0.1 ALLOWED_ORIGINS=https://chat.example.org");
    expect(text).not.toMatch(/path \/metrics|location \/metrics/);
  }
});
