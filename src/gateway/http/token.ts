import type { Context } from "hono";
import * as z from "zod";
import { UserId } from "../../events/ids.ts";
import { readObject, rejectionOf } from "../../protocol/parse.ts";
import { isHashed } from "../auth/userid.ts";
import { admitsPage } from "./origins.ts";
import { refuseRequest } from "./problem.ts";

/** A hash of a claim is nobody's to ask for. */
const TokenRequest = z.strictObject({
  user: UserId.refine((user) => !isHashed(user), "id.invalid"),
});

/** Everything that `POST /v1/token` needs. */
export interface TokenDoor {
  /** Exact origins of the pages that may ask; programs say none. */
  readonly origins: ReadonlySet<string>;
  /** Hands out development identities; absent in production. */
  readonly issue?: ((user: string) => Promise<{ token: string; expiresAt: number }>) | undefined;
}

/** Answers `POST /v1/token`: a development identity for whoever asks for a name. */
export async function token(c: Context, { origins, issue }: TokenDoor): Promise<Response> {
  if (issue === undefined) return refuseRequest(c, 403, "auth.disabled");
  const origin = c.req.header("origin");
  if (origin !== undefined && !admitsPage(origins, origin))
    return refuseRequest(c, 403, "origin.refused");
  const { object, rejection } = readObject(await textOf(c));
  if (rejection !== undefined) return refuseRequest(c, 400, rejection.code, rejection);
  const request = TokenRequest.safeParse(object);
  if (request.success)
    return c.json(await issue(request.data.user), 200, { "Cache-Control": "no-store" });
  const refusal = rejectionOf(request.error.issues);
  return refuseRequest(c, 400, refusal.code, refusal);
}

/** The body as it came, as that of a frame is: no mark of its byte order is taken away, and what is no UTF-8 is no text. */
async function textOf({ req }: Context): Promise<string> {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(
      await req.arrayBuffer(),
    );
  } catch {
    // Nobody hears what a request is told that was cut off.
    return "";
  }
}
