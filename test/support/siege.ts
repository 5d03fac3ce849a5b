import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "./app.ts";
import { device, type Device, type Frame } from "./device.ts";

/** Two people who go on chatting, whatever somebody else does to their server. */
async function friends(app: App, idOf: (name: string) => string): Promise<() => Promise<void>> {
  const ann = await device(app, "ann");
  const ben = await device(app, "ben");
  const [annId, benId] = [idOf("ann"), idOf("ben")];
  let n = 0;
  return async () => {
    const body = `still here ${++n}`;
    const arrives = ben.until(({ event }) => event?.body === body);
    ann.say({ t: "send", cid: `chat.${n}`, to: benId, body });
    const { position } = (await arrives)["event"];
    const ticked = ann.until(
      ({ event }) =>
        event?.type === "MessageRead" && event.author === benId && event.upTo >= position,
    );
    ben.say({ t: "read", peer: annId, upTo: position });
    await ticked;
    ann.frames.length = ben.frames.length = 0;
  };
}

/** Now, and ever: a shared connection that was closed and came back counts twice. */
async function connections({ broker }: App): Promise<object> {
  const varz = (await (await fetch(`${broker.monitorUrl}/varz`)).json()) as Frame;
  return { open: varz["connections"], ever: varz["total_connections"] };
}

/** Lines of the log by which somebody would be woken up. */
const alarms = (app: App): string[] =>
  app
    .log()
    .split("\n")
    .filter((line) => /"level":[56]0/.test(line));

/**
 * A server for one file of hostile tests. Each of them must leave the chat of two bystanders, the
 * connections to the broker and the process as they were, and wake up nobody. `token` and `idOf`: the token of a person by name, and the id.
 */
export function siege(
  env: Record<string, string> = {},
  token?: (user: string) => Promise<string>,
  idOf = (name: string): string => name,
) {
  let app: App;
  let chat: () => Promise<void>;
  beforeAll(async () => {
    app = await startApp(env);
    if (token !== undefined) Object.assign(app, { token });
    chat = await friends(app, idOf);
  });
  afterAll(() => app?.stop());
  const attack = (title: string, act: (app: App) => Promise<void>): void => {
    test(title, async () => {
      const { pid } = app;
      const before = await connections(app);
      await Promise.all([act(app), chat()]);
      await chat();
      expect(await connections(app)).toEqual(before);
      expect(app.pid).toBe(pid);
      expect(process.kill(pid, 0)).toBe(true);
      expect(alarms(app)).toEqual([]);
    });
  };
  return { attack, app: (): App => app };
}

let asked = 0;
/** Says a frame under a name of its own and returns what is answered to it. */
export function answer(to: Device, frame: object): Promise<Frame> {
  const ref = `ask-${++asked}`;
  const answered = to.until((heard) => heard["ref"] === ref);
  to.say({ ...frame, ref });
  return answered;
}

/** Returns the next frame that is an error; for what cannot carry a name. */
export function refusal(to: Device, text: string | Buffer): Promise<Frame> {
  to.frames.length = 0;
  to.raw(text);
  return to.until(({ t }) => t === "error");
}

/** From here on nothing is taken from the socket, until `ws.resume()`. */
export const stopReading = (device: Device): void => device.ws.pause();
