// Serves this folder, and says who somebody is: what the server of your own app does. Ends with Ctrl+C.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const { PORT = "5000", POSTHORN = "http://127.0.0.1:8080" } = process.env;

const FILES = {
  "/": ["index.html", "text/html"],
  "/posthorn.js": ["posthorn.js", "text/javascript"],
};

/** The token of a user. A real server knows by its own log-in who asks; this one believes what it is told. */
async function tokenOf(user) {
  const asked = { method: "POST", body: JSON.stringify({ user }) };
  const answer = await fetch(`${POSTHORN}/v1/token`, asked);
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).token;
}

async function find({ pathname, searchParams }) {
  const [file, type] = FILES[pathname] ?? [];
  if (file !== undefined) return [await readFile(join(import.meta.dirname, file)), type];
  const url = `${POSTHORN.replace(/^http/, "ws")}/v1/ws`;
  if (pathname === "/posthorn.json") return [JSON.stringify({ url }), "application/json"];
  if (pathname === "/token") return [await tokenOf(searchParams.get("user")), "text/plain"];
  return undefined;
}

createServer((request, response) => {
  find(new URL(request.url, "http://here")).then(
    (found) => {
      if (found === undefined) return response.writeHead(404).end();
      const [body, type] = found;
      return response
        .writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" })
        .end(body);
    },
    (error) => response.writeHead(502).end(String(error)),
  );
}).listen(Number(PORT), "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${PORT}/?me=alice&to=bob`),
);
