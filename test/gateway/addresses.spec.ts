import { expect, test } from "vitest";
import { Addresses, networkOf } from "../../src/gateway/http/addresses.ts";

test("an IPv6 address counts as its network, any other as itself", () => {
  const rows: [string, string][] = [
    ["198.51.100.7", "198.51.100.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:1:2:3:4:5::", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ];
  for (const [address, network] of rows)
    expect([address, networkOf(address)]).toEqual([address, network]);
});

test("an address that holds nothing any more is forgotten", () => {
  const addresses = new Addresses();
  addresses.enter("a");
  addresses.enter("a");
  addresses.leave("a");
  expect([addresses.of("a"), addresses.of("b")]).toEqual([1, 0]);
  addresses.leave("a");
  addresses.leave("a");
  expect(addresses.of("a")).toBe(0);
});
