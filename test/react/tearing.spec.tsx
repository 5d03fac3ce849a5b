/** @jsxImportSource react */
// @vitest-environment happy-dom
import { startTransition, useLayoutEffect, useState, version } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createChatClient, type ChatClient } from "../../src/client/client.ts";
import {
  useChats,
  useConnection,
  useMessages,
  usePresence,
  useTyping,
  useUnread,
} from "../../src/react/react.ts";
import { ModelServer } from "../client/model.ts";
import { within } from "./screen.ts";

const clients: ChatClient[] = [];
globalThis.IS_REACT_ACT_ENVIRONMENT = false;
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  document.body.replaceChildren();
});

function open(server: ModelServer, user: string): ChatClient {
  const client = createChatClient({
    url: "ws://model",
    getToken: () => Promise.resolve(user),
    webSocket: server.socket(),
  });
  clients.push(client);
  client.connect();
  return client;
}
const online = (client: ChatClient): Promise<unknown> =>
  expect.poll(() => client.connection.state).toBe("online");

/** Components that one render is long for: React lets others have their turn in between. */
const CELLS = 30;
const CELL_MS = 2;

/**
 * The clock by which React divides a render. By the machine's, a busy one would let it take 5 s, behind which React 19 ends it in one go and no more
 * asks whether what it has begun with still holds.
 */
const clock = { ms: 0 };

function Cell() {
  clock.ms += CELL_MS;
  return <b>{useMessages("bob").items.length}</b>;
}

describe(`React ${version}`, () => {
  test("never shows two moments of a client side by side, though messages come while it renders", async () => {
    vi.spyOn(performance, "now").mockImplementation(() => clock.ms);
    onTestFinished(() => void vi.restoreAllMocks());
    const server = new ModelServer();
    const alice = open(server, "alice");
    await online(alice);
    const box = document.body.appendChild(document.createElement("main"));
    const shown: string[][] = [];
    let show: (more: boolean) => void = () => undefined;
    function Page() {
      const [isOpen, setOpen] = useState(false);
      show = setOpen;
      useLayoutEffect(() => {
        shown.push([...box.querySelectorAll("b")].map(({ textContent }) => textContent ?? ""));
      });
      return isOpen ? Array.from({ length: CELLS }, (_, i) => <Cell key={i} />) : null;
    }
    const root = createRoot(box);
    root.render(within(alice, <Page />));
    await expect.poll(() => shown.length).toBeGreaterThan(0);
    startTransition(() => show(true));
    for (let n = 0; n < 12; n++) {
      alice.send("bob", `${n}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => box.querySelector("b:last-child")?.textContent).toBe("12");
    const torn = shown.filter((counts) => new Set(counts).size > 1);
    expect(torn).toEqual([]);
    expect(new Set([...box.querySelectorAll("b")].map((each) => each.textContent)).size).toBe(1);
    root.unmount();
  });

  test("renders on a server what a client that has not begun says, and goes on from there in the browser", async () => {
    function Page() {
      const { items, hasEarlier } = useMessages("bob");
      const words = [
        useConnection().state,
        `${useChats().items.length}`,
        `${useUnread()}`,
        `${usePresence("bob")?.online}`,
        useTyping("bob").join(),
        `${items.length} ${hasEarlier}`,
      ];
      return <p>{words.join(" ")}</p>;
    }
    const server = new ModelServer();
    const away = createChatClient({ url: "ws://model", getToken: () => Promise.resolve("alice") });
    const html = renderToString(within(away, <Page />));
    expect(html).toBe("<p>idle 0 0 undefined  0 true</p>");

    const alice = open(server, "alice");
    await online(alice);
    alice.send("bob", "before the page is ready");
    const box = document.body.appendChild(document.createElement("main"));
    box.innerHTML = html;
    const errors: unknown[] = [];
    hydrateRoot(box, within(alice, <Page />), { onRecoverableError: (e) => errors.push(e) });
    await expect.poll(() => box.textContent).toMatch(/^online 1 0 /);
    expect(errors).toEqual([]);
  });
});
