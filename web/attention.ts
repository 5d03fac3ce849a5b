import { signal } from "@preact/signals";
import type { ChatClient } from "../src/client/client.ts";

const isAttended = (): boolean => document.visibilityState === "visible" && document.hasFocus();

/** Does somebody look at this tab? */
export const attended = signal(isAttended());
for (const name of ["focus", "blur", "visibilitychange"])
  addEventListener(name, () => (attended.value = isAttended()), true);

const HUMAN = ["pointerdown", "pointermove", "keydown", "wheel", "visibilitychange"];

/** Tells the client whenever a human does something here. */
export function tellOfHumans(client: ChatClient): void {
  const told = (): void => void (isAttended() && client.focus());
  for (const name of HUMAN) addEventListener(name, told, { capture: true, passive: true });
}
