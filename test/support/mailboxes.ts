import fc from "fast-check";
import type { Entry } from "../../src/events/entry.ts";
import type { Data } from "../../src/protocol/extras.ts";
import { closed, opened } from "../actors/support.ts";
import { mailbox } from "./mailbox.ts";

/** Histories of a mailbox for properties: sensible, repeated, late, or lying about numbers. */
export const alice = mailbox("alice");
export const peer = fc.constantFrom("bob", "carol");
export const marks = fc.record({ delivered: fc.nat(80), read: fc.nat(80) });
const cid = fc
  .tuple(fc.constantFrom("phone", "laptop"), fc.nat(50))
  .map(([instance, n]) => `${instance}.${n}`);

/** As JSON was parsed, like all that the log has. */
const data = fc
  .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })
  .map((some) => ({ data: JSON.parse(JSON.stringify(some)) as Data }));
const key = fc.option(fc.string({ minLength: 1 }), { nil: undefined }).map((name) => ({
  ...(name !== undefined && { key: name }),
}));

type Maker = (seq: number) => Entry;

const anything: fc.Arbitrary<Maker> = fc.oneof(
  fc.tuple(peer, cid).map(
    ([to, name]) =>
      (seq: number) =>
        alice.sent(seq, to, name),
  ),
  fc.tuple(peer, cid, cid).map(
    ([to, name, replaces]) =>
      (seq: number) =>
        alice.retried(seq, to, name, replaces),
  ),
  fc.tuple(peer, fc.nat(80)).map(
    ([author, position]) =>
      (seq: number) =>
        alice.told(seq, author, position),
  ),
  fc.tuple(peer, cid, data, key).map(
    ([to, name, some, named]) =>
      (seq: number) =>
        alice.sentWith(seq, to, name, { ...some, ...named }),
  ),
  fc.tuple(peer, fc.nat(80), data).map(
    ([author, position, some]) =>
      (seq: number) =>
        alice.toldWith(seq, author, position, some),
  ),
  fc.tuple(peer, marks).map(
    ([other, claim]) =>
      (seq: number) =>
        alice.received(seq, other, claim),
  ),
  fc.tuple(peer, fc.nat(80), marks).map(
    ([author, cause, claim]) =>
      (seq: number) =>
        alice.ticked(seq, author, cause, claim),
  ),
  fc.constantFrom("s1", "s2").map((id) => (seq: number) => opened(seq, id)),
  fc.constantFrom("s1", "s2").map((id) => (seq: number) => closed(seq, id)),
);

/** Entries of alice's mailbox, with gaps between their seqs. */
export const entries: fc.Arbitrary<Entry[]> = fc
  .array(fc.tuple(anything, fc.nat(3)), { maxLength: 32 })
  .map((makers) => {
    let seq = 0;
    return makers.map(([make, gap]) => make((seq += 1 + gap)));
  });

/** The same, and after some of them an older one once more, as after a crash. */
export const repeated: fc.Arbitrary<Entry[]> = fc
  .tuple(entries, fc.array(fc.tuple(fc.nat(32), fc.nat(32)), { maxLength: 20 }))
  .map(([run, again]) => {
    let seq = 0;
    return run
      .flatMap((entry, i) => {
        const late = again.filter(([at, of]) => at === i && of <= i);
        return [entry, ...late.flatMap(([, of]) => run[of] ?? [])];
      })
      .map((entry) => ({ ...entry, seq: (seq += 1), at: 1_000_000 + seq }));
  });
