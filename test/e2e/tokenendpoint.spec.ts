import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createChatClient } from "../../src/client/client.ts";
import { startApp, type App } from "../support/app.ts";
import { PATIENCE } from "../support/patience.ts";

let app: App;
beforeAll(async () => {
  app = await startApp({ ALLOWED_ORIGINS: "none" });
});
afterAll(() => app.stop());

const HTML = "<!doctype html><title>502 Bad Gateway</title>";
type Answer = (response: ServerResponse) => void;
const says =
  (status: number, body: string, location?: string): Answer =>
  (response) =>
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
const breaksOff: Answer = (response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write('{"tok', () => response.destroy());
};

/** An app's own backend, which answers so before it gives tokens. Returns the requests for one that it had. */
async function backend(
  answers: Answer[],
  give: (token: string) => string,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const site = createServer(({ url = "" }, response) => {
    if (url === "/login") return says(200, HTML)(response);
    asked.push(url);
    const answer = answers.shift();
    if (answer !== undefined) return answer(response);
    void app.token("alice").then((token) => says(200, give(token))(response));
  });
  onTestFinished(() => void site.close());
  await once(site.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, asked };
}

/** The ways in which the guide and the README get a token. */
test.each([
  [
    "JSON",
    (token: string) => JSON.stringify({ token }),
    async (answer: Response) => ((await answer.json()) as { token: string }).token,
  ],
  ["text", (token: string) => token, (answer: Response) => answer.text()],
] as const)(
  "[C6] an endpoint that answers with pages, refusals and ways elsewhere is asked again until it has a token, read as %s",
  async (_, give, read) => {
    const { url, asked } = await backend(
      [
        says(200, HTML),
        says(401, '{"error":"unauthorized"}'),
        says(500, HTML),
        says(302, "", "/login"),
        says(302, "", "/token"),
        breaksOff,
      ],
      give,
    );
    const alice = createChatClient({
      url: app.wsUrl,
      getToken: async ({ signal }) => read(await fetch(`${url}/token`, { signal })),
      webSocket: WebSocket,
      random: () => 0,
    });
    alice.connect();
    await expect.poll(() => alice.connection.state, PATIENCE).toBe("online");
    expect(asked).toHaveLength(7);
    // A page is no token, and is not said to the server.
    expect(app.log()).not.toContain("session refused");
    await alice.close();
  },
);
