import { randomBytes } from "node:crypto";
import type { Texts } from "../../actors/ports.ts";
import { OutrunError } from "../../events/record.ts";
import type { Publisher } from "../publish/publisher.ts";
import { reader } from "../read/fair.ts";
import { askersMax, type DirectGets } from "../read/gets.ts";
import { JointLasts } from "../read/lasts.ts";
import { kvStream, kvSubject, place } from "../subjects.ts";
import { SNAPSHOTS } from "../streams.ts";

/** Characters of a page; ids are ASCII, and the broker's max_payload is 256 KiB at least. */
const PAGE_CHARS = 192 * 1024;
/** A page may be on its way to a replica: so often all are read, and in such a pause. */
const TRIES = 3;
const PAUSE_MS = 50;
/** Snapshots that are asked for in one question: 48, of people with 200 peers 1 MB, of the largest possible 10. */
const AT_ONCE = askersMax(1);

/** The first entry of a snapshot that has pages: how many, in which of two sets, and the name that each of them begins with. */
interface Cover {
  readonly pages: number;
  readonly set: "a" | "b";
  readonly name: string;
}

/** A text, and where it lies. */
type Found = Awaited<ReturnType<Texts["load"]>>;
const NOTHING: Found = { text: undefined, at: 0 };

const COVER = /^pages (\d+) ([ab]) (\S+)$/;
function coverOf(text: string | undefined): Cover | undefined {
  const [, pages, set, name] = COVER.exec(text?.slice(0, 64) ?? "") ?? [];
  if (name === undefined) return undefined;
  return { pages: Number(pages), set: set === "a" ? "a" : "b", name };
}

const STREAM = kvStream(SNAPSHOTS);
const subjectOf = (owner: string, page = ""): string =>
  kvSubject(SNAPSHOTS, `${place(owner)}${page}`);

/** All pages of a snapshot; undefined: one is of another snapshot. */
async function pagesOf(
  gets: Pick<DirectGets, "ask">,
  owner: string,
  { pages, set, name }: Cover,
): Promise<string | undefined> {
  const subjects = Array.from({ length: pages }, (_, i) => subjectOf(owner, `.${set}.${i}`));
  const { entries } = await gets.ask(STREAM, { multi_last: subjects }, reader());
  const head = `${name}\n`;
  const found = entries.filter(({ raw }) => raw.startsWith(head));
  if (found.length < pages) return undefined;
  // The last token of its subject is a page's number.
  const inOrder = found.toSorted((a, b) => Number(a.owner) - Number(b.owner));
  return inOrder.map(({ raw }) => raw.slice(head.length)).join("");
}

/**
 * The last snapshot of each actor, as it was written. One that is too large for a message is stored as pages, which are
 * all there before the first entry names them, beside those that it has named until then. It is replaced by compare-and-set
 * (docs/adr/0044); of two that write pages at the very same moment neither is found whole, and the mailbox is read.
 */
export function snapshotTexts(gets: DirectGets, publisher: Publisher) {
  const lasts = new JointLasts({
    gets,
    stream: STREAM,
    subjectsOf: (owner) => [subjectOf(owner)],
    atOnce: AT_ONCE,
  });
  const read = async (owner: string): Promise<Found> => {
    const [found] = (await lasts.ask(owner))?.entries ?? [];
    return found === undefined ? NOTHING : { text: found.raw, at: found.seq };
  };
  /** The pages are there; returns the first entry, which names them. */
  const inPages = async (owner: string, text: string, after: number): Promise<string> => {
    const before = await read(owner);
    // The pages of another snapshot are not written over.
    if (before.at !== after) throw new OutrunError("there is another snapshot");
    const set = coverOf(before.text)?.set === "a" ? "b" : "a";
    const name = randomBytes(6).toString("base64url");
    const pages = Math.ceil(text.length / PAGE_CHARS);
    for (let i = 0; i < pages; i++) {
      const page = text.slice(i * PAGE_CHARS, (i + 1) * PAGE_CHARS);
      await publisher.publish(subjectOf(owner, `.${set}.${i}`), `${name}\n${page}`);
    }
    return `pages ${pages} ${set} ${name}`;
  };
  return {
    async load(owner) {
      for (let tries = 0; ; tries++) {
        const first = await read(owner);
        const cover = coverOf(first.text);
        if (cover === undefined) return first;
        const text = await pagesOf(gets, owner, cover);
        // Something was lost, if no try brings it: the mailbox has all that it says.
        if (text !== undefined || tries + 1 === TRIES) return { text, at: first.at };
        await new Promise((done) => setTimeout(done, PAUSE_MS));
      }
    },
    async save(owner, text, after) {
      const first = text.length <= PAGE_CHARS ? text : await inPages(owner, text, after);
      return publisher.replace(subjectOf(owner), first, after);
    },
  } satisfies Texts;
}
