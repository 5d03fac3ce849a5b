// @vitest-environment happy-dom
import { effect } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  ChatProvider,
  chatSignals,
  useChats,
  useClient,
  useConnection,
  useMessage,
  useMessages,
  usePresence,
  useTyping,
  useUnread,
} from "../../src/preact/preact.ts";
import type { ChatClient } from "../../src/client/client.ts";
import { heard, modelServer, online, pass, server } from "../client/devices.ts";

modelServer();
const box = document.body.appendChild(document.createElement("main"));
afterEach(() => render(null, box));

const draw = (client: ChatClient, page: preact.ComponentChildren): Promise<void> =>
  act(() => render(<ChatProvider client={client}>{page}</ChatProvider>, box));
const passes = (ms: number): Promise<void> =>
  act(async () => void (await vi.advanceTimersByTimeAsync(ms)));
const texts = (of: string): string[] =>
  [...box.querySelectorAll(of)].map(({ textContent }) => textContent ?? "");

function Status() {
  return <p>{`${useConnection().value.state}, ${useUnread().value} unread`}</p>;
}
function List() {
  return <p>{useChats().value.items.map(({ peer, last }) => `${peer}: ${last?.body}`)}</p>;
}
const drawn: string[] = [];
function Row({ of, cid }: { of: string; cid: string }) {
  const { body, status } = useMessage(of, cid).value ?? {};
  drawn.push(`${body}`);
  return <li>{`${body} ${status}`}</li>;
}
function Thread({ of }: { of: string }) {
  const { window, loading } = useMessages(of, { page: 30 });
  return (
    <ol data-loading={loading.value}>
      {window.value.items.map(({ cid }) => (
        <Row key={cid} of={of} cid={cid} />
      ))}
    </ol>
  );
}
function Peer({ user }: { user: string | undefined }) {
  const typing = useTyping(user ?? "");
  return <p>{`${usePresence(user).value?.online ?? "unknown"} ${typing.value.join()}`}</p>;
}

describe("the hooks of Preact", () => {
  test("show what the client has, and each change of it", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    await draw(alice, [<Status />, <List />, <Peer user="bob" />, <Thread of="bob" />]);
    expect(texts("p")).toEqual(["online, 0 unread", "", "unknown "]);
    alice.send("bob", "hello");
    await passes(0);
    expect(texts("li")).toEqual(["hello pending"]);
    bob.typed("alice");
    await passes(50);
    expect(texts("li")).toEqual(["hello delivered"]);
    expect(texts("p")).toEqual(["online, 0 unread", "bob: hello", "true bob"]);
    bob.send("alice", "hi");
    await passes(50);
    expect(texts("li")).toEqual(["hello delivered", "hi sent"]);
    expect(texts("p")).toEqual(["online, 1 unread", "bob: hi", "true "]);
  });

  test("draw again those components alone whose answer has changed", async () => {
    const alice = await online("alice");
    for (const body of ["one", "two", "three"]) alice.send("bob", body);
    await pass(50);
    const { items } = alice.messages("bob");
    await draw(
      alice,
      items.map(({ cid }) => <Row key={cid} of="bob" cid={cid} />),
    );
    drawn.length = 0;
    const upTo = Number(items[1]?.id?.split(":")[1]);
    const receipt = { type: "MessageDelivered", author: "bob", peer: "alice", upTo } as const;
    server.store("alice", { ...receipt, cause: 1 });
    await passes(50);
    expect(texts("li")).toEqual(["one delivered", "two delivered", "three sent"]);
    expect(drawn).toEqual(["one", "two"]);
  });

  test("follow a user once, however many components ask, and until the last is gone", async () => {
    const alice = await online("alice");
    await draw(alice, [<Peer user="bob" />, <Peer user="bob" />, <Peer user={undefined} />]);
    await passes(50);
    await draw(alice, [<Peer user="bob" />]);
    await passes(50);
    expect(heard("unwatch")).toEqual([]);
    await draw(alice, []);
    await passes(50);
    expect([heard("watch").length, heard("unwatch").length]).toEqual([1, 1]);
  });

  test("open a chat with a page of it, and go on with the next chat", async () => {
    for (const to of ["bob", "carol"])
      for (let n = 0; n < 80; n++) {
        const own = { type: "MessageSent", author: "alice", device: "d", body: `${n}` } as const;
        server.store("alice", { ...own, to, cid: `${to}.${n}` });
      }
    server.gapMax = 0;
    const alice = await online("alice");
    await draw(alice, <Thread of="bob" />);
    expect(box.querySelector("ol")?.dataset["loading"]).toBe("true");
    await passes(50);
    expect(texts("li")).toHaveLength(31);
    expect(box.querySelector("ol")?.dataset["loading"]).toBe("false");
    await draw(alice, <Thread of="carol" />);
    await passes(50);
    expect(heard("history").map(({ peer, limit }) => [peer, limit])).toEqual([
      ["bob", 30],
      ["carol", 30],
    ]);
  });

  test("say what they need when there is no provider", () => {
    function Lost() {
      useClient();
      return null;
    }
    expect(() => render(<Lost />, box)).toThrow("ChatProvider");
  });
});

test("signals outside of components have the identical object as value while nothing has changed", async () => {
  const alice = await online("alice");
  const { chats, messages } = chatSignals(alice);
  const [list, thread] = [chats(), messages("bob")];
  let runs = 0;
  const end = effect(() => {
    void thread.value;
    runs++;
  });
  alice.send("carol", "not to bob");
  await pass(50);
  expect([runs, list.value.items.map(({ peer }) => peer)]).toEqual([1, ["carol"]]);
  expect(list.value).toBe(alice.chats());
  alice.send("bob", "to bob");
  await pass(0);
  expect(runs).toBe(2);
  end();
});
