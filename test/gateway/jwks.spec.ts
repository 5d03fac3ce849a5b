import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KeySet } from "../../src/gateway/auth/jwks.ts";
import { jwtVerifier } from "../../src/gateway/auth/jwt.ts";
import { NotNowError, type Verify } from "../../src/gateway/ports.ts";
import { accepted, claims, keyPair, startIssuer, token } from "../support/issuer.ts";

const COOLDOWN_MS = 10_000;
const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

let issuer: Awaited<ReturnType<typeof startIssuer>>;
let now: number;
let verify: Verify;
beforeEach(async () => {
  issuer = await startIssuer();
  now = 1_000_000;
  const log = pino({ enabled: false });
  const url = new URL(issuer.url);
  const keys = new KeySet({ url, cooldownMs: COOLDOWN_MS, now: () => now, log });
  const known = accepted({ algorithms: ["RS256"], keys });
  verify = jwtVerifier({ issuers: [known], userIds: "sub" }, log);
});
afterEach(() => issuer.stop());

const good = (kid = "one", key = issuer.privateKey): Promise<string> =>
  token({ alg: "RS256", kid }, claims(), key);
/** Accepted, refused for good, or the ms to wait. */
const judged = async (text: string | Promise<string>): Promise<string | number> => {
  try {
    return (await verify(await text)) === undefined ? "refused" : "accepted";
  } catch (error) {
    if (!(error instanceof NotNowError)) throw error;
    return error.retryAfterMs;
  }
};

describe("a key that is new", () => {
  test("[D2] is accepted as soon as the cooldown allows, and not refused for good before", async () => {
    expect(await judged(good())).toBe("accepted");
    const two = await keyPair("two");
    issuer.keys.push(two.listed);
    now += 4_000;
    expect(await judged(good("two", two.privateKey))).toBe(6_000);
    expect(await judged(good())).toBe("accepted");
    now += 6_000;
    expect(await judged(good("two", two.privateKey))).toBe("accepted");
    expect(issuer.asked).toHaveLength(2);
  });

  test("is fetched once for whatever number of tokens", async () => {
    const texts = await Promise.all(Array.from({ length: 50 }, () => good()));
    expect(new Set(await Promise.all(texts.map(judged)))).toEqual(new Set(["accepted"]));
    const two = await keyPair("two");
    issuer.keys = [two.listed];
    now += COOLDOWN_MS;
    const later = await Promise.all(texts.map(() => good("two", two.privateKey)));
    // A token that came while the keys were under way may be newer than they are.
    for (const how of await Promise.all(later.map(judged))) expect(how).toBe("accepted");
    expect(issuer.asked).toHaveLength(2);
  });

  test.each([
    ["the name of the one before", { kid: "one" }],
    ["no name", {}],
  ])("[D2] and has %s is accepted as soon as the cooldown allows", async (_, name) => {
    expect(await judged(good())).toBe("accepted");
    const anew = await keyPair("one");
    issuer.keys = [anew.listed];
    const fresh = await token({ alg: "RS256", ...name }, claims(), anew.privateKey);
    now += COOLDOWN_MS;
    expect(await judged(fresh)).toBe("accepted");
    // A signature of a stranger has the issuer asked no more often.
    expect(await judged(good())).toBe("refused");
    expect(issuer.asked).toHaveLength(2);
  });

  test("needs no name while there are several", async () => {
    const two = await keyPair("two");
    issuer.keys.push(two.listed);
    for (const key of [issuer.privateKey, two.privateKey])
      expect(await judged(token({ alg: "RS256" }, claims(), key))).toBe("accepted");
    const strange = await keyPair("one");
    expect(await judged(token({ alg: "RS256" }, claims(), strange.privateKey))).toBe("refused");
  });
});

describe("a key that was taken away", () => {
  test("ends with the next set, which is asked for after ten minutes", async () => {
    const two = await keyPair("two");
    const [old, fresh] = [await good(), await good("two", two.privateKey)];
    expect(await judged(old)).toBe("accepted");
    issuer.keys = [two.listed];
    now += 10 * 60_000;
    expect(await judged(old)).toBe("accepted");
    now += 1;
    expect(await judged(old)).toBe("accepted");
    await expect.poll(() => issuer.asked.length).toBe(2);
    expect(await judged(fresh)).toBe("accepted");
    now += COOLDOWN_MS;
    expect(await judged(old)).toBe("refused");
  });
});

describe("a token that is bad", () => {
  test("is refused for good when a set that was fetched since has no such key", async () => {
    expect(await judged(good("two"))).toBe("refused");
    now += 1;
    expect(await judged(good("two"))).toBe(COOLDOWN_MS - 1);
    now += COOLDOWN_MS;
    expect(await judged(good("two"))).toBe("refused");
    expect(issuer.asked).toHaveLength(2);
  });

  test("[D2] is refused for good when its key is known, whatever the issuer answers now", async () => {
    expect(await judged(good())).toBe("accepted");
    issuer.instead = (response) => response.writeHead(500).end();
    now += COOLDOWN_MS;
    const other = await keyPair("one");
    expect(await judged(good("one", other.privateKey))).toBe("refused");
    const late = token({ alg: "RS256", kid: "one" }, claims({ exp: 1 }), issuer.privateKey);
    expect(await judged(late)).toBe("refused");
  });
});

describe("keys that cannot be had", () => {
  const answers: Record<string, NonNullable<typeof issuer.instead>> = {
    "an empty set": (response) => response.end('{"keys":[]}'),
    "no set": (response) => response.end('["keys"]'),
    "no JSON": (response) => response.end("<html>"),
    "a damaged key": (response) =>
      response.end('{"keys":[{"kty":"RSA","kid":"one","alg":"RS256","e":"AQAB"}]}'),
    "10 MB": (response) =>
      response.end(JSON.stringify({ pad: "x".repeat(10 * MIB), keys: issuer.keys })),
    "33 keys": (response) => response.end(JSON.stringify({ keys: Array(33).fill(issuer.keys[0]) })),
    "an error": (response) => response.writeHead(503).end(JSON.stringify({ keys: issuer.keys })),
    "a way elsewhere": (response) =>
      response.writeHead(302, { location: `${issuer.url}?moved` }).end(),
    "no whole answer": (response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{", () => response.destroy());
    },
  };
  for (const [name, instead] of Object.entries(answers))
    test(`since the answer is ${name} refuse nobody for good`, async () => {
      issuer.instead = instead;
      expect(await judged(good())).toBe(COOLDOWN_MS);
      now += 1_000;
      expect(await judged(good())).toBe(COOLDOWN_MS - 1_000);
      expect(issuer.asked).toEqual(["/jwks.json"]);
      issuer.instead = undefined;
      now += COOLDOWN_MS;
      expect(await judged(good())).toBe("accepted");
    });

  test("leave those before in use, for an hour", async () => {
    expect(await judged(good())).toBe("accepted");
    issuer.instead = (response) => response.destroy();
    now += HOUR_MS;
    expect(await judged(good())).toBe("accepted");
    await expect.poll(() => issuer.asked.length).toBe(2);
    now += COOLDOWN_MS;
    expect(await judged(good())).toBe(COOLDOWN_MS);
    issuer.instead = undefined;
    now += COOLDOWN_MS;
    expect(await judged(good())).toBe("accepted");
  });

  test("since the answer is slow are given up, and keep nobody waiting whose key is known", async () => {
    expect(await judged(good())).toBe("accepted");
    const held: ServerResponse[] = [];
    issuer.instead = (response) => held.push(response.writeHead(200));
    now += COOLDOWN_MS;
    const waits = judged(good("two"));
    await expect.poll(() => held.length).toBe(1);
    expect(await judged(good())).toBe("accepted");
    // The real five seconds: nothing else ends it.
    expect(await waits).toBe(COOLDOWN_MS);
    await expect.poll(() => held[0]?.destroyed).toBe(true);
  });

  test("since the answer does not end are left after 1 MiB", async () => {
    let bytes = 0;
    let closed: Promise<unknown> = Promise.resolve();
    issuer.instead = (response) => {
      closed = once(response, "close");
      const part = Buffer.alloc(64 * 1024, " ");
      const more = (): void => {
        bytes += part.length;
        if (bytes < 64 * MIB) response.write(part, (error) => !error && more());
      };
      more();
    };
    expect(await judged(good())).toBe(COOLDOWN_MS);
    await closed;
    expect(bytes).toBeLessThan(32 * MIB);
  });
});
