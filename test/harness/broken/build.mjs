import { buildProgram } from "../../../scripts/build/program.mjs";
import { BUILDS } from "./builds.mjs";

/** A text, however it is broken into lines. @param {string} text */
const spaced = (text) =>
  new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s+"));

/**
 * Builds the server with what is broken in it.
 * @param {string} name
 * @param {string} into
 * @throws {Error} when a source no longer has what is to be changed: a run of such a build would show nothing.
 */
export async function buildBroken(name, into) {
  const left = new Set(BUILDS[name]?.changes);
  await buildProgram(into, (file, source) => {
    let now = source;
    for (const change of [...left].filter((each) => `${each.file}.ts` === file)) {
      const parts = now.split(spaced(change.text));
      if (parts.length !== 2) throw new Error(`${file} has not once: ${change.text}`);
      now = parts.join(change.by);
      left.delete(change);
    }
    return now;
  });
  for (const { file } of left) throw new Error(`the server has no ${file}`);
}
