import { createHash } from "node:crypto";
import type { View } from "./view.ts";

/** Characters of a name of kin: as many as keep two apart. */
const CHARS = 16;

/**
 * The name of all that must be alike for the file of one replica to be of use to another: the life of the stream, and the
 * views with their versions. One token.
 */
export const kinOf = (epoch: string, views: readonly View[]): string =>
  createHash("sha256")
    .update(
      JSON.stringify([epoch, views.map(({ name, version, kinds }) => [name, version, kinds])]),
    )
    .digest("hex")
    .slice(0, CHARS);
