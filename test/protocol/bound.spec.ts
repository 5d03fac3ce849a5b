import { expect, test } from "vitest";
import { parseFrame } from "../../src/protocol/parse.ts";
import { errorFrame } from "../../src/protocol/write.ts";

/** The answer to a frame that is refused. */
function refusal(frame: object) {
  const parsed = parseFrame(JSON.stringify(frame));
  if (!("rejection" in parsed)) throw new Error("the frame is taken");
  return errorFrame(parsed.rejection, parsed.names);
}

const RULE = "the field is missing, of the wrong type, or out of range: it has to";
const send = { t: "send", cid: "m.1", to: "zoe", body: "hi" };
const hello = { t: "hello", token: "t", deviceId: "d" };
const since = [{ mailbox: "ann", epoch: "e".repeat(65), seq: 0 }];

test.each<[object, string, string]>([
  [{ t: "history", peer: "zoe", limit: 101 }, "limit", "be at most 100"],
  [{ t: "history", peer: "zoe", limit: 0 }, "limit", "be at least 1"],
  [{ t: "history", peer: "zoe", limit: 1.5 }, "limit", "be a whole number"],
  [{ t: "history", peer: "zoe", limit: 2 ** 53 }, "limit", "be at most 100"],
  [{ t: "sessions", atLeast: -(2 ** 53) }, "atLeast", "be at least 0"],
  [{ t: "read", peer: "zoe", upTo: 1e300 }, "upTo", "be at most 9007199254740991"],
  [{ t: "read", peer: "zoe", upTo: -1 }, "upTo", "be at least 0"],
  [{ t: "read", peer: "zoe", upTo: "1" }, "upTo", "be a number"],
  [{ t: "watch", users: [] }, "users", "have at least 1 entries"],
  [{ t: "watch", users: Array(101).fill("zoe") }, "users", "have at most 100 entries"],
  [{ ...send, body: 7 }, "body", "be text"],
  [{ ...send, auto: "yes" }, "auto", "be true or false"],
  [{ ...send, ref: "r".repeat(65) }, "ref", "have at most 64 characters"],
  [{ ...send, ref: {} }, "ref", "be text or be a number"],
  [{ ...hello, since }, "since.0.epoch", "have at most 64 characters"],
])(
  "[D1] a frame that is invalid is told the field, the rule and its bound: %j",
  (frame, field, bound) => {
    const refused = refusal(frame);
    expect(refused).toMatchObject({ code: "frame.invalid", field });
    expect(refused.message).toBe(`${field}: ${RULE} ${bound}`);
    expect(refused).not.toHaveProperty("bound");
  },
);

test("[D1] something that cannot be asked of a group is told so, as a frame that there is not", () => {
  const ask = { t: "ask", cid: "m.1", group: "g-2a9Xc0Vq3mT1kRzYwLpE5g", ask: { do: "rename" } };
  for (const [frame, field] of [
    [ask, "ask.do"],
    [{ t: "rename" }, "t"],
  ] as const)
    expect(refusal(frame)).toMatchObject({
      code: "op.unknown",
      field,
      message: `${field}: no such frame type, or no such thing to ask of a group`,
    });
});

test("[D1] a bound repeats nothing of what the field held", () => {
  const { message } = refusal({ ...send, auto: "a secret of somebody's" });
  expect(message).not.toContain("secret");
});

test.each([5, null, {}, "", "k".repeat(129)])(
  "[D1] a key that is no key is key.invalid, whatever it is: %j",
  (key) => {
    expect(refusal({ ...send, key })).toMatchObject({ code: "key.invalid", field: "key" });
  },
);
