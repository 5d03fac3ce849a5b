import { expect, test } from "vitest";
import { redact } from "../../src/nats/redact.ts";

test.each([
  ["nats://a:4222", "nats://a:4222"],
  ["nats://me:pa55@a:4222", "nats://***@a:4222"],
  ["nats://me:p@55@a:4222,tls://me:p/55@b", "nats://***@a:4222,tls://***@b"],
  ["http://tok3n@a:8222, http://b:8222", "http://***@a:8222, http://b:8222"],
])("[O5] %s is shown without its credentials", (urls, shown) => expect(redact(urls)).toBe(shown));
