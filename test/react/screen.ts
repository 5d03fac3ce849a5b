import { act, createElement, StrictMode, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, vi } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { ChatProvider } from "../../src/react/react.ts";

declare global {
  // oxlint-disable-next-line no-var -- React looks for it there
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

let roots: Root[] = [];

/** Gives each test a clean page, in which React says when something is done outside of `act`. */
export function screens(): void {
  beforeEach(() => {
    globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  });
  afterEach(async () => {
    await act(async () => {
      for (const root of roots) root.unmount();
    });
    roots = [];
    document.body.replaceChildren();
  });
}

/** Draws a page for somebody, in StrictMode as an app does while it is developed. */
export async function draw(
  client: ChatClient,
  page: ReactNode,
): Promise<{ box: HTMLElement; redraw(page: ReactNode): Promise<void> }> {
  const box = document.body.appendChild(document.createElement("main"));
  const root = createRoot(box);
  roots.push(root);
  const redraw = (next: ReactNode): Promise<void> =>
    act(async () => root.render(createElement(StrictMode, null, within(client, next))));
  await redraw(page);
  return { box, redraw };
}

export const within = (client: ChatClient, page: ReactNode): ReactNode =>
  createElement(ChatProvider, { client }, page);

/** Time passes, and React draws what has changed. */
export const passes = (ms: number): Promise<unknown> => act(() => vi.advanceTimersByTimeAsync(ms));
