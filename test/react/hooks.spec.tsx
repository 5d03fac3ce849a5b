/** @jsxImportSource react */
// @vitest-environment happy-dom
import { act, Profiler, version } from "react";
import { describe, expect, test } from "vitest";
import {
  useChats,
  useClient,
  useConnection,
  useMessage,
  useMessages,
  usePresence,
  useTyping,
  useUnread,
} from "../../src/react/react.ts";
import { heard, modelServer, online, pass, server } from "../client/devices.ts";
import { draw, passes, screens } from "./screen.ts";

modelServer();
screens();

function Status() {
  const { state } = useConnection();
  return <p>{`${state}, ${useUnread()} unread, ${useUnread("bob")} of bob`}</p>;
}
function List() {
  const { items, hasEarlier } = useChats();
  return <p>{items.map(({ peer, last }) => `${peer}: ${last?.body}`).join() || `${hasEarlier}`}</p>;
}
function Row({ of, cid }: { of: string; cid: string }) {
  const message = useMessage(of, cid);
  return <li>{message && `${message.body} ${message.status}`}</li>;
}
function Thread({ of, page = 50 }: { of: string; page?: number }) {
  const { items, hasEarlier, loading } = useMessages(of, { page });
  return (
    <ol data-more={hasEarlier} data-loading={loading}>
      {items.map(({ cid }) => (
        <Row key={cid} of={of} cid={cid} />
      ))}
    </ol>
  );
}
function Peer({ user }: { user: string | undefined }) {
  const presence = usePresence(user);
  const typing = useTyping(user ?? "");
  return <p>{`${presence?.online ?? "unknown"} ${typing.join()}`}</p>;
}
const texts = (box: HTMLElement, of: string): string[] =>
  [...box.querySelectorAll(of)].map(({ textContent }) => textContent ?? "");

describe(`the hooks of React ${version}`, () => {
  test("show what the client has, and each change of it", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const { box } = await draw(
      alice,
      <>
        <Status />
        <List />
        <Peer user="bob" />
        <Thread of="bob" />
      </>,
    );
    expect(texts(box, "p")).toEqual(["online, 0 unread, 0 of bob", "false", "unknown "]);
    await act(async () => alice.send("bob", "hello"));
    expect(texts(box, "li")).toEqual(["hello pending"]);
    await passes(50);
    expect(texts(box, "li")).toEqual(["hello delivered"]);
    bob.typed("alice");
    await passes(50);
    expect(texts(box, "p")).toEqual(["online, 0 unread, 0 of bob", "bob: hello", "true bob"]);
    bob.markRead("alice");
    bob.send("alice", "hi");
    await passes(50);
    expect(texts(box, "li")).toEqual(["hello read", "hi sent"]);
    expect(texts(box, "p")).toEqual(["online, 1 unread, 1 of bob", "bob: hi", "true "]);
    await act(async () => alice.markRead("bob"));
    expect(texts(box, "p")[0]).toBe("online, 0 unread, 0 of bob");
    server.down = true;
    server.cut("alice");
    await passes(0);
    expect(texts(box, "p")[0]).toBe("waiting, 0 unread, 0 of bob");
  });

  test("draw again those components alone whose answer has changed", async () => {
    const alice = await online("alice");
    for (const body of ["one", "two", "three"]) alice.send("bob", body);
    await pass(50);
    const drawn: string[] = [];
    const { box } = await draw(
      alice,
      alice.messages("bob").items.map(({ cid, body }) => (
        <Profiler key={cid} id={body} onRender={(id) => drawn.push(id)}>
          <Row of="bob" cid={cid} />
        </Profiler>
      )),
    );
    drawn.length = 0;
    const upTo = Number(alice.messages("bob").items[1]?.id?.split(":")[1]);
    const receipt = { type: "MessageDelivered", author: "bob", peer: "alice", upTo } as const;
    server.store("alice", { ...receipt, cause: 1 });
    await passes(50);
    expect(texts(box, "li")).toEqual(["one delivered", "two delivered", "three sent"]);
    expect(drawn).toEqual(["one", "two"]);
  });

  test("follow a user once, however many components ask, and until the last is gone", async () => {
    const alice = await online("alice");
    const { redraw } = await draw(
      alice,
      <>
        <Peer user="bob" />
        <Peer user="bob" />
        <Peer user="carol" />
        <Peer user={undefined} />
      </>,
    );
    await passes(50);
    expect(heard("watch").map(({ users }) => users)).toEqual([["bob", "carol"]]);
    await redraw(<Peer user="bob" />);
    await passes(50);
    expect(heard("unwatch").map(({ users }) => users)).toEqual([["carol"]]);
    await redraw(<Peer user="dave" />);
    await passes(50);
    expect(heard("watch").map(({ users }) => users)).toEqual([["bob", "carol"], ["dave"]]);
    expect(heard("unwatch").map(({ users }) => users)).toEqual([["carol"], ["bob"]]);
  });

  test("open a chat with a page of it, and go on with the next chat", async () => {
    for (const peer of ["bob", "carol"])
      for (let n = 0; n < 80; n++) {
        const own = { type: "MessageSent", author: "alice", device: "d", body: `${n}` } as const;
        server.store("alice", { ...own, to: peer, cid: `${peer}.${n}` });
      }
    server.gapMax = 0;
    const alice = await online("alice");
    expect(alice.messages("bob").items).toHaveLength(1);
    const { box, redraw } = await draw(alice, <Thread of="bob" page={30} />);
    expect(box.querySelector("ol")?.dataset).toMatchObject({ loading: "true", more: "true" });
    await passes(50);
    expect(texts(box, "li")).toHaveLength(31);
    expect(box.querySelector("ol")?.dataset).toMatchObject({ loading: "false", more: "true" });
    await redraw(<Thread of="carol" page={30} />);
    await passes(50);
    expect(texts(box, "li").at(-1)).toBe("79 sent");
    expect(heard("history").map(({ peer, limit }) => [peer, limit])).toEqual([
      ["bob", 30],
      ["carol", 30],
    ]);
  });

  test("ask no second time for a page that was refused, until there is a connection again", async () => {
    const own = { type: "MessageSent", author: "alice", device: "d", body: "x" } as const;
    for (let n = 0; n < 3; n++) server.store("alice", { ...own, to: "bob", cid: `b.${n}` });
    server.gapMax = 0;
    const alice = await online("alice");
    server.refusals = [{ t: "history", code: "not_found", retryable: false }];
    const { box } = await draw(alice, <Thread of="bob" />);
    await passes(5_000);
    expect(heard("history")).toHaveLength(1);
    expect(box.querySelector("ol")?.dataset).toMatchObject({ loading: "false", more: "true" });
    server.gapMax = 5_000;
    server.cut("alice");
    await passes(2_000);
    await passes(50);
    expect(texts(box, "li")).toHaveLength(3);
  });

  test("say what they need when there is no provider", async () => {
    function Lost() {
      useClient();
      return null;
    }
    const { renderToString } = await import("react-dom/server");
    expect(() => renderToString(<Lost />)).toThrow("ChatProvider");
  });
});
