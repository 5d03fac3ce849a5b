import { effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Connectivity } from "../src/client/client.ts";

/** Shorter interruptions are not worth a word. */
const BLIP_MS = 1_200;
const NOTICE_MS = 6_000;

/** Why there is no connection, and when the next try is (ms since 1970). */
export type Trouble = Connectivity;

/** The connection's state while it has not been `online` for longer than a blip. */
export function troubleOf(
  connection: ReadonlySignal<Connectivity>,
): ReadonlySignal<Trouble | undefined> {
  const trouble = signal<Trouble | undefined>(undefined);
  let blip: ReturnType<typeof setTimeout> | undefined;
  const show = (): void => void (trouble.value = connection.peek());
  effect(() => {
    const { state } = connection.value;
    if (state === "online") {
      clearTimeout(blip);
      blip = undefined;
      trouble.value = undefined;
    } else if (trouble.peek() !== undefined || state === "closed") show();
    else blip ??= setTimeout(show, BLIP_MS);
  });
  return trouble;
}

/** A sentence that goes away by itself. */
export function createNotice() {
  const text = signal("");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (sentence: string): void => {
    clearTimeout(timer);
    text.value = sentence;
    timer = setTimeout(() => (text.value = ""), NOTICE_MS);
  };
  return { text: text as ReadonlySignal<string>, say };
}
