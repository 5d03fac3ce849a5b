import { signal } from "@preact/signals";
import type { ChatClient } from "../src/client/client.ts";

const isAttended = (): boolean => document.visibilityState === "visible" && document.hasFocus();

/** Does somebody look at this tab? */
export const attended = signal(isAttended());
for (const name of ["focus", "blur", "visibilitychange"])
  addEventListener(name, () => (attended.value = isAttended()), true);

const HUMAN = ["pointerdown", "pointermove", "keydown", "wheel", "visibilitychange"];

/** Tells the client whenever a human does something here; opening the page is the first thing. */
export function tellOfHumans(client: ChatClient): void {
  const told = (): void => {
    if (isAttended() && client.connection.state === "online") client.focus();
  };
  const opened = client.subscribe(() => {
    if (client.connection.state !== "online") return;
    opened();
    told();
  });
  for (const name of HUMAN) addEventListener(name, told, { capture: true, passive: true });
}
