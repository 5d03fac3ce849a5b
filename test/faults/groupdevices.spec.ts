import { test } from "vitest";
import { expectViewsAreAReplay, server } from "./support.ts";
import { Trio } from "./trio.ts";

const ROUNDS = 2;

// A decision that is forgotten over a crash does not show here: whoever says anything in the group loads it, and it finds what it owes in its own
// mailbox. That the checkpoint waits for it a scene of the simulation shows (`test/simulation/groupscenes.ts`), in which everybody is silent behind the crash.
test("[O4] [G3] [G9] killed with -9 in the middle of joins, removals and messages, Posthorn shows each device what it may see, once, in one order, and loses nothing that it has acknowledged", async () => {
  const app = await server();
  const trio = new Trio(app, app, app);
  await trio.begin();
  for (let round = 0; round < ROUNDS; round++) {
    await trio.storm();
    await app.kill();
    await app.restart();
  }
  await trio.calm();
  trio.expectOneOrder();
  await expectViewsAreAReplay(app);
});
