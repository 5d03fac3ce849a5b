import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNetwork, plain, Proxies } from "../../src/gateway/http/proxies.ts";

const proxies = new Proxies(["10.0.0.0/8", "192.0.2.7", "fd00::/8", "2001:db8::5"]);

describe("trusted proxies", () => {
  test("are addresses and networks of both kinds, however an address is written", () => {
    for (const address of [
      "10.0.0.1",
      "10.255.255.255",
      "::ffff:10.1.2.3",
      "::FFFF:0a01:203",
      "192.0.2.7",
      "fd12:3456::1",
      "FD00::",
      "2001:db8::5",
      "2001:0db8:0:0::0005",
    ])
      expect([address, proxies.trusts(address)]).toEqual([address, true]);
    for (const address of [
      "11.0.0.1",
      "9.255.255.255",
      "192.0.2.8",
      "::ffff:11.0.0.1",
      "::10.0.0.1",
      "fc00::1",
      "fe00::1",
      "2001:db8::6",
      "",
      "unknown",
    ])
      expect([address, proxies.trusts(address)]).toEqual([address, false]);
    expect(new Proxies().trusts("127.0.0.1")).toBe(false);
  });

  test.each([
    ["10.0.0.0/33"],
    ["10.0.0.0/0"],
    ["::/0"],
    ["fd00::/129"],
    ["10.0.0.0/"],
    ["10.0.0.0/8/8"],
    ["10.0.0.0/-1"],
    ["10.0.0/8"],
    ["[fd00::1]"],
    ["10.0.0.1:80"],
    ["fe80::1%eth0"],
    ["::ffff:10.0.0.0/104"],
    ["proxy.internal"],
    ["*"],
    [""],
  ])("are not named by %j", (text) => {
    expect(isNetwork(text)).toBe(false);
    expect(() => new Proxies([text])).toThrow("is no address and no network");
  });
});

describe("the client's address", () => {
  test.each([
    // Nobody believes a client.
    ["203.0.113.9", "10.0.0.1", "203.0.113.9"],
    ["203.0.113.9", "198.51.100.1, 10.0.0.1", "203.0.113.9"],
    // One proxy, two, and one that puts a port or brackets to it.
    ["10.0.0.5", "203.0.113.9", "203.0.113.9"],
    ["::ffff:10.0.0.5", "203.0.113.9, 10.0.0.9", "203.0.113.9"],
    ["10.0.0.5", "203.0.113.9:51234", "203.0.113.9"],
    ["10.0.0.5", "[2001:db8::99]:51234", "2001:db8::99"],
    ["10.0.0.5", "::ffff:203.0.113.9", "203.0.113.9"],
    ["10.0.0.5", "::ffff:cb00:7109", "203.0.113.9"],
    // A client's own words stand left of what the proxies have written.
    ["10.0.0.5", "1.2.3.4, 203.0.113.9", "203.0.113.9"],
    ["10.0.0.5", "10.0.0.1, 203.0.113.9, 10.0.0.9", "203.0.113.9"],
    ["10.0.0.5", "'; DROP TABLE, 203.0.113.9", "203.0.113.9"],
    // A proxy that says no address, and none that says anything.
    ["10.0.0.5", "1.2.3.4, unknown", "10.0.0.5"],
    ["10.0.0.5", "1.2.3.4, unknown, 10.0.0.9", "10.0.0.9"],
    ["10.0.0.5", "", "10.0.0.5"],
    ["10.0.0.5", " , ", "10.0.0.5"],
    // A client within the proxies' own network.
    ["10.0.0.5", "10.20.30.40", "10.20.30.40"],
  ])("of %s with %j is %s", (peer, forwarded, client) => {
    expect(proxies.client(peer, forwarded)).toBe(client);
  });

  test("is never one that the client has put before what a proxy says", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), (made) => {
        const header = [...made.map((each) => each.replaceAll(",", "")), "203.0.113.9"].join(", ");
        expect(proxies.client("10.0.0.5", header)).toBe("203.0.113.9");
      }),
    );
  });

  test("is no text of any length or kind, only an address", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const client = proxies.client("10.0.0.5", text);
        expect(plain(client)).toBe(client);
      }),
    );
  });
});
