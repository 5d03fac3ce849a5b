import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { localHaproxy } from "../../scripts/cluster/haproxy.mjs";

const SAMPLE = readFileSync(join(import.meta.dirname, "../../docs/samples/haproxy.cfg"), "utf8");

/** The lines of a section. */
const section = (text: string, head: string): string[] =>
  (new RegExp(`^${head}\\n((?:  .*\\n?)+)`, "m").exec(text)?.[1] ?? "").split("\n");

test("HAProxy before gateways keeps what drains, cuts what does not answer, and says who has connected, in the cluster as in the sample", () => {
  const gateways = [
    { name: "gateway-1", port: 20_003 },
    { name: "gateway-2", port: 20_004 },
  ];
  const local = localHaproxy({ front: 20_001, health: 20_002, gateways });
  for (const text of [SAMPLE, local]) {
    const backend = section(text, "backend posthorn").join("\n");
    expect(backend).toMatch(/httpchk GET \/admitz\n {2}http-check disable-on-404\n/);
    expect(backend).toContain("on-marked-down shutdown-sessions");
    expect(section(text, "frontend clients").join("\n")).toContain(
      "set-header X-Forwarded-For %[src]",
    );
  }
  // The same but for addresses, and TLS.
  const added = local.split("\n").filter((line) => !SAMPLE.includes(line));
  expect(added.map((line) => line.trim())).toEqual([
    "# Written at each start: changes made here are lost.",
    "bind 127.0.0.1:20001",
    "server gateway-1 127.0.0.1:20003",
    "server gateway-2 127.0.0.1:20004",
    "frontend health",
    "bind 127.0.0.1:20002",
    "monitor-uri /readyz",
    "monitor fail if { nbsrv(posthorn) lt 1 }",
  ]);
  expect(local).not.toMatch(/ssl|:443|:80\n|Strict-Transport|maxconn/);
});
