import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChatError } from "../../src/client/client.ts";
import { checked, type Letter } from "../../src/client/outbox/letter.ts";
import { FRAME_BYTES_MAX } from "../../src/protocol/envelope.ts";
import { parseFrame } from "../../src/protocol/parse.ts";
import { answers, device, gather, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

const thrown = (act: () => unknown): Partial<ChatError> => {
  try {
    act();
    return {};
  } catch (error) {
    expect(error).toBeInstanceOf(ChatError);
    const { code, field, retryable } = error as ChatError;
    return { code, field: field ?? "", retryable };
  }
};

describe("a message that the server would refuse", () => {
  test.each([
    ["to nobody", "", "hi", "id.invalid", "to"],
    ["to a group", "g-friends", "hi", "id.invalid", "to"],
    ["to an address", "bob@example.org", "hi", "id.invalid", "to"],
    ["to everybody", "*", "hi", "id.invalid", "to"],
    ["to a name of 65 characters", "b".repeat(65), "hi", "id.invalid", "to"],
    ["to oneself", "alice", "hi", "id.self", "to"],
    ["to no text", undefined, "hi", "frame.invalid", "to"],
    ["with nothing in it", "bob", "", "message.empty", "body"],
    ["of a number", "bob", 7, "frame.invalid", "body"],
    ["of 16,385 characters", "bob", "x".repeat(16_385), "message.too_large", "body"],
    ["of 16,385 emoji", "bob", "😀".repeat(16_385), "message.too_large", "body"],
    [
      "of 16,384 bells, as JSON writes them",
      "bob",
      "\u0007".repeat(16_384),
      "message.too_large",
      "body",
    ],
    ["of half an emoji", "bob", "\ud83d", "message.malformed", "body"],
  ])(
    "%s is thrown out at once, by code and field, and shown and stored nowhere",
    async (_, to, body, code, field) => {
      const alice = await online("alice");
      const shown = [gather(alice, "message"), answers(alice, () => alice.chats())];
      expect(thrown(() => alice.send(to as string, body as string))).toEqual({
        code,
        field,
        retryable: false,
      });
      await pass(100);
      expect([...shown, alice.chats().items, heard("send")]).toEqual([[], [], [], []]);
    },
  );

  test("is taken where it keeps every rule by a hair", async () => {
    const alice = await online("alice");
    alice.send("b".repeat(64), "😀".repeat(16_384));
    alice.send("bob", "\u0007".repeat(12_000));
    await pass(100);
    expect(server.log.all.filter(({ event }) => event.type === "MessageSent")).toHaveLength(4);
  });

  test("to oneself fails when it turns out to be so", async () => {
    const alice = device("alice");
    alice.send("alice", "written before anybody knew");
    server.refusals = [{ t: "send", code: "id.self", retryable: false }];
    alice.connect();
    await pass(100);
    expect(alice.messages("alice").items).toMatchObject([{ status: "failed", error: "id.self" }]);
  });

  test("is refused with the code that the server gives, whatever it is", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("bob", "g-bob", "x".repeat(64), "x".repeat(65), "\udc00", "é"),
      fc.integer(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(text, text, (to, body) => {
        const letter = { to, body } as unknown as Letter;
        const read = parseFrame(JSON.stringify({ t: "send", cid: "c.1", to, body }));
        const { code, field } = "frame" in read ? {} : read.rejection;
        expect(thrown(() => checked(letter))).toMatchObject(code ? { code, field } : {});
      }),
    );
  });

  test("of whatever is taken, a repeat and a retry fit a frame", () => {
    for (let n = 12_380; n < 12_460; n++) {
      const letter: Letter = { to: "bob", body: "\u0007".repeat(n) };
      const cid = `${"f".repeat(24)}.999`;
      const frame = { t: "send", cid, ...letter, replaces: cid, auto: true };
      const fits = Buffer.byteLength(JSON.stringify(frame)) <= FRAME_BYTES_MAX;
      if (thrown(() => checked(letter)).code === undefined) expect([n, fits]).toEqual([n, true]);
    }
  });
});

test("nobody types to or watches somebody who cannot be", async () => {
  const alice = await online("alice");
  expect(thrown(() => alice.typed("g-friends"))).toMatchObject({ code: "id.invalid" });
  expect(thrown(() => alice.typed("alice"))).toMatchObject({ code: "id.self", field: "peer" });
  expect(thrown(() => alice.watch(["bob", "a b"]))).toMatchObject({ field: "users" });
  await pass(100);
  expect([heard("typing"), heard("watch")]).toEqual([[], []]);
});
