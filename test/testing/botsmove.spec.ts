import { expect, test } from "vitest";
import { createBot, type Bot, type BotOptions } from "../../src/bot/bot.ts";
import type { WebSocketLike } from "../../src/client/api.ts";
import { createTestServer, type TestServer } from "../../src/testing/testing.ts";

/** A copy of a bot, and its sockets as they were opened. Frames of a type in `held` lie there until they are let go. */
function copyOf(server: TestServer, name: string, options: Partial<BotOptions> = {}) {
  const sockets: WebSocketLike[] = [];
  const left: WebSocketLike[] = [];
  const held = new Map<string, (() => void)[]>();
  const duty: boolean[] = [];
  const bot: Bot = createBot({
    ...server.optionsFor("echo"),
    webSocket: class extends server.webSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
      override close(code?: number): void {
        left.push(this);
        super.close(code);
      }
      override send(text: string): void {
        const waiting = held.get((JSON.parse(text) as { t: string }).t);
        if (waiting === undefined) super.send(text);
        else waiting.push(() => super.send(text));
      }
    },
    deviceId: "echo",
    onMessage: ({ body }, turn) => turn.answer(`${body} by ${name}`),
    onDuty: (isOn) => void duty.push(isOn),
    ...options,
  });
  bot.start();
  /** Says a frame of the server to the newest socket. */
  const hear = (frame: object): void =>
    sockets.at(-1)?.onmessage?.({ data: JSON.stringify(frame) } as never);
  const letGo = (t: string): void => {
    const waiting = held.get(t) ?? [];
    held.delete(t);
    for (const say of waiting) say();
  };
  return {
    bot,
    sockets,
    left,
    duty,
    hear,
    hold: (t: string) => void held.set(t, []),
    letGo,
    isWaiting: (t: string) => (held.get(t)?.length ?? 0) > 0,
  };
}

async function answersAt(server: TestServer): Promise<string[]> {
  const messages = await server.messages("alice", "echo");
  return messages.filter(({ author }) => author === "echo").map(({ body }) => body);
}

const write = (server: TestServer, body: string): Promise<string> =>
  server.write({ from: "alice", to: "echo", body });

test("[B1][B2] a bot whose server goes away moves and works on, without a break", async () => {
  const server = createTestServer();
  const { bot, sockets, left, duty } = copyOf(server, "it");
  await expect.poll(() => bot.isOnDuty).toBe(true);
  for (let i = 0; i < 5; i++) {
    server.goAway("echo");
    await write(server, `${i}`);
    await expect.poll(() => left).toHaveLength(i + 1);
    await expect.poll(() => answersAt(server)).toHaveLength(i + 1);
  }
  expect(await answersAt(server)).toEqual(["0", "1", "2", "3", "4"].map((n) => `${n} by it`));
  expect([duty, sockets.length]).toEqual([[true], 6]);
  await bot.stop();
  server.close();
});

test("[B1][B2] a bot whose server has lost its log stays while there is no other, goes on where it is when that has it again, and else moves", async () => {
  const server = createTestServer();
  // No wait between two tries: it has tried many times before anybody looks.
  const { bot, sockets, left, duty, hear } = copyOf(server, "it", { random: () => 0 });
  await expect.poll(() => bot.isOnDuty).toBe(true);
  server.reachable = false;
  hear({ t: "goaway" });
  await expect.poll(() => sockets.length).toBeGreaterThan(10);
  expect(left).not.toContain(sockets[0]);
  expect(duty).toEqual([true]);
  server.reachable = true;
  sockets[0]?.onmessage?.({ data: JSON.stringify({ t: "stay" }) } as never);
  await write(server, "stays");
  await expect.poll(() => answersAt(server)).toEqual(["stays by it"]);
  expect(left).not.toContain(sockets[0]);
  sockets[0]?.onmessage?.({ data: JSON.stringify({ t: "goaway" }) } as never);
  await expect.poll(() => left).toContain(sockets[0]);
  await write(server, "moves");
  await expect.poll(() => answersAt(server)).toEqual(["stays by it", "moves by it"]);
  expect(duty).toEqual([true]);
  await bot.stop();
  server.close();
});

test("[B2] a bot that moves while a standby waits gives its duty up before it leaves, since the standby is older than its next session", async () => {
  const server = createTestServer();
  const first = copyOf(server, "first");
  await expect.poll(() => first.bot.isOnDuty).toBe(true);
  const second = copyOf(server, "second");
  await expect.poll(() => second.bot.user).toBe("echo");
  const both: boolean[] = [];
  let isSecondOn = false;
  const look = (): void => void both.push(first.bot.isOnDuty && second.bot.isOnDuty);
  first.hear({ t: "goaway", withinMs: 10_000 });
  await expect
    .poll(() => {
      look();
      return (isSecondOn = second.bot.isOnDuty);
    })
    .toBe(true);
  expect([isSecondOn, first.duty, second.duty]).toEqual([true, [true, false], [true]]);
  expect(both).not.toContain(true);
  await write(server, "one");
  await expect.poll(() => answersAt(server)).toEqual(["one by second"]);
  await second.bot.stop();
  await write(server, "two");
  await expect.poll(() => answersAt(server)).toEqual(["one by second", "two by first"]);
  await first.bot.stop();
  server.close();
});

test("[B1][B2] a bot that moves says nothing, and keeps its first session, until it knows that nobody is older", async () => {
  const server = createTestServer();
  const first = copyOf(server, "first");
  await expect.poll(() => first.bot.isOnDuty).toBe(true);
  const second = copyOf(server, "second");
  await expect.poll(() => second.bot.user).toBe("echo");
  for (const t of ["sessions", "send"]) first.hold(t);
  first.hear({ t: "goaway", withinMs: 10_000 });
  await expect.poll(() => first.sockets).toHaveLength(2);
  await write(server, "one");
  // Two messages further the answer would have gone out, and the standby would have begun.
  await expect.poll(() => first.isWaiting("sessions")).toBe(true);
  await write(server, "two");
  await expect.poll(() => server.messages("alice", "echo")).toHaveLength(2);
  expect([first.bot.isOnDuty, second.bot.isOnDuty]).toEqual([true, false]);
  first.letGo("sessions");
  await expect.poll(() => answersAt(server)).toHaveLength(2);
  first.letGo("send");
  await write(server, "three");
  await expect.poll(() => answersAt(server)).toHaveLength(3);
  expect(await answersAt(server)).toEqual(["one", "two", "three"].map((n) => `${n} by second`));
  expect(first.duty).toEqual([true, false]);
  await Promise.all([first.bot.stop(), second.bot.stop()]);
  server.close();
});

test("[B1][B2] copies of a bot that move all at once, again and again, answer each message once", async () => {
  const server = createTestServer();
  const copies = ["a", "b", "c"].map((name) => copyOf(server, name));
  await expect.poll(() => copies.some(({ bot }) => bot.isOnDuty)).toBe(true);
  const bodies = Array.from({ length: 20 }, (_, n) => `m${n}`);
  for (const [i, body] of bodies.entries()) {
    if (i % 2 === 0) server.goAway("echo");
    if (i % 7 === 6) server.cut("echo", 4400);
    await write(server, body);
    expect(copies.filter(({ bot }) => bot.isOnDuty).length).toBeLessThanOrEqual(1);
  }
  const answered = async (): Promise<string[]> =>
    (await answersAt(server)).map((answer) => answer.split(" ")[0] ?? "");
  await expect.poll(answered).toHaveLength(20);
  expect(await answered()).toEqual(bodies);
  for (const { bot } of copies) await bot.stop();
  server.close();
});

test("[B1] a bot that notices that an entry is missing answers it all the same", async () => {
  const server = createTestServer();
  const { bot, sockets } = copyOf(server, "it");
  await expect.poll(() => bot.isOnDuty).toBe(true);
  const [socket] = sockets;
  const hear = socket?.onmessage;
  let lost = 0;
  if (socket) {
    socket.onmessage = (event: { data: string }) => {
      if (lost === 0 && event.data.includes('"body":"lost')) lost++;
      else hear?.(event as never);
    };
  }
  await write(server, "lost on the way");
  await write(server, "arrives");
  await expect.poll(() => answersAt(server)).toHaveLength(2);
  expect(await answersAt(server)).toEqual(["lost on the way by it", "arrives by it"]);
  expect([lost, sockets.length]).toEqual([1, 2]);
  await bot.stop();
  server.close();
});
