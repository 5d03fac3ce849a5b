import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { open, type Entry } from "../../src/events/entry.ts";
import type { ChatRow } from "../../src/protocol/frames/chats.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { beginning, views } from "./support.ts";
import { folder } from "../support/folder.ts";
import { mailbox } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";

const alice = mailbox("alice");
const PEERS = ["bob", "carol"] as const;

/** One thing that happens to alice's mailbox. Numbers are taken modulo what makes sense, or not. */
type Step =
  | { what: "sent" | "sentAgain" | "told" | "toldAgain"; peer: string; pick: number }
  | { what: "received" | "ticked" | "tickedAgain"; peer: string; delivered: number; read: number };

const anyClaim = fc.nat(60);
const anyPeer = fc.constantFrom(...PEERS);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      what: fc.constantFrom("sent", "sentAgain", "told", "toldAgain"),
      peer: anyPeer,
      pick: fc.nat(9),
    }),
    fc.record({
      what: fc.constantFrom("received", "ticked", "tickedAgain"),
      peer: anyPeer,
      delivered: anyClaim,
      read: anyClaim,
    }),
  ),
  { maxLength: 60, size: "max" },
);

/** The views as they must come out, the naive way: everything is kept, and counted when asked. */
interface Naive {
  got: Map<string, number[]>;
  sent: Map<string, number[]>;
  claims: { peer: string; mine: boolean; delivered: number; read: number; limit: number }[];
}

/** Entries as a broker would store them, and what they mean. */
function play(run: readonly Step[]): { entries: Entry[]; naive: Naive } {
  const entries: Entry[] = [];
  const naive: Naive = { got: new Map(), sent: new Map(), claims: [] };
  const of = (map: Map<string, number[]>, name: string): number[] => {
    const list = map.get(name) ?? [];
    map.set(name, list);
    return list;
  };
  const causes = new Map<string, number>();
  const rise = (name: string, by: number): number => {
    causes.set(name, (causes.get(name) ?? 0) + by + 1);
    return causes.get(name) ?? 0;
  };
  let seq = 0;
  let n = 0;
  for (const step of run) {
    seq += 1 + (entries.length % 3);
    switch (step.what) {
      case "sent":
        entries.push(alice.sent(seq, step.peer, `phone.${++n}`));
        of(naive.sent, step.peer).push(seq);
        break;
      case "sentAgain":
        if (n > 0) entries.push(alice.sent(seq, step.peer, `phone.${Math.max(1, n - step.pick)}`));
        break;
      case "told": {
        const position = rise(step.peer, step.pick);
        entries.push(alice.told(seq, step.peer, position));
        of(naive.got, step.peer).push(position);
        break;
      }
      case "toldAgain": {
        const heard = causes.get(step.peer) ?? 0;
        if (heard > 0) entries.push(alice.told(seq, step.peer, Math.max(1, heard - step.pick)));
        break;
      }
      case "received":
        entries.push(alice.received(seq, step.peer, step));
        naive.claims.push({ ...step, mine: true, limit: of(naive.got, step.peer).at(-1) ?? 0 });
        break;
      case "ticked":
        entries.push(alice.ticked(seq, step.peer, rise(step.peer, 0), step));
        naive.claims.push({ ...step, mine: false, limit: of(naive.sent, step.peer).at(-1) ?? 0 });
        break;
      case "tickedAgain":
        if ((causes.get(step.peer) ?? 0) > 0)
          entries.push(alice.ticked(seq, step.peer, causes.get(step.peer) ?? 0, step));
        break;
    }
  }
  return { entries, naive };
}

/** The highest clamped claim; reading is receiving. */
function watermark(naive: Naive, peer: string, mine: boolean, read: boolean): number {
  const claims = naive.claims.filter((claim) => claim.peer === peer && claim.mine === mine);
  return Math.max(
    0,
    ...claims.map((claim) =>
      Math.min(claim.limit, read ? claim.read : Math.max(claim.read, claim.delivered)),
    ),
  );
}

function expected(naive: Naive, peer: string): Partial<ChatRow> {
  const read = watermark(naive, peer, true, true);
  return {
    received: Math.max(0, ...(naive.got.get(peer) ?? [])),
    unread: (naive.got.get(peer) ?? []).filter((position) => position > read).length,
    read,
    delivered: watermark(naive, peer, true, false),
    peerRead: watermark(naive, peer, false, true),
    peerDelivered: watermark(naive, peer, false, false),
  };
}

const folded = (entries: readonly Entry[]): MemoryRows => {
  const rows = new MemoryRows();
  for (const each of entries) project(rows, open(each), VIEWS);
  return rows;
};

describe("whatever happens to a mailbox, repeats and hostile receipts included,", () => {
  test("[V2] unread and every watermark are what a naive count says", () => {
    fc.assert(
      fc.property(steps, (run) => {
        const { entries, naive } = play(run);
        const ask = views(folded(entries), "alice");
        for (const peer of PEERS) {
          const messages = [...(naive.got.get(peer) ?? []), ...(naive.sent.get(peer) ?? [])];
          const chats = ask.chats().chats.filter((chat) => chat.peer === peer);
          expect(chats).toMatchObject(messages.length > 0 ? [expected(naive, peer)] : []);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the list is ordered by the last message, and history has each message once", () => {
    fc.assert(
      fc.property(steps, (run) => {
        const { entries, naive } = play(run);
        const ask = views(folded(entries), "alice");
        const order = ask.chats().chats.map(({ last }) => last.seq);
        expect(order).toEqual(order.toSorted((a, b) => b - a));
        for (const peer of PEERS) {
          const { messages } = ask.history(peer, { limit: 100 });
          const ids = messages.map(({ id }) => id).toSorted();
          expect(ids).toEqual(
            [
              ...(naive.sent.get(peer) ?? []).map((position) => `alice:${position}`),
              ...(naive.got.get(peer) ?? []).map((position) => `${peer}:${position}`),
            ].toSorted(),
          );
        }
      }),
    );
  });

  test("[T1] watermarks only rise, and no status goes back", () => {
    const rank = { sent: 0, delivered: 1, read: 2 };
    fc.assert(
      fc.property(steps, (run) => {
        const { entries, naive } = play(run);
        const rows = new MemoryRows();
        const ids = [...naive.sent.values()].flat().map((position) => `alice:${position}`);
        let before = ids.map(() => 0);
        for (const each of entries) {
          project(rows, open(each), VIEWS);
          const ask = views(rows, "alice");
          const now = ids.map((id) => rank[ask.status(id)?.status ?? "sent"]);
          now.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(before[i] ?? 0));
          before = now;
        }
      }),
      { numRuns: 50 },
    );
  });

  test("any repeat of what has been folded changes nothing", () => {
    fc.assert(
      fc.property(steps, fc.nat(), (run, pick) => {
        const { entries } = play(run);
        // A receipt the owner states again is no repeat: it may say more than it could before.
        const named = entries.filter(({ kind, raw }) => kind === "copy" || raw.includes('"cid"'));
        const again = named[pick % Math.max(1, named.length)];
        fc.pre(again !== undefined);
        const late: Entry = { ...again, seq: 10_000 };
        expect(folded([...entries, late]).all).toEqual(folded(entries).all);
      }),
    );
  });
});

test("[V1] LMDB holds what memory holds, in whatever batches it was written", async () => {
  const store = await ViewStore.open({ dir: folder(), log: silent });
  const table = store.table;
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (run, sizes) => {
      const { entries } = play(run);
      let at = table.reset(beginning("any"));
      for (let rest = entries; rest.length > 0;) {
        const batch = rest.slice(0, sizes.next().value);
        rest = rest.slice(batch.length);
        const seq = batch.at(-1)?.seq ?? 0;
        at = table.commit(at, seq, (rows) =>
          batch.forEach((each) => project(rows, open(each), VIEWS)),
        );
      }
      const memory = folded(entries);
      for (const [key, row] of memory.all) expect(table.get(key)).toEqual(row);
      const [disk, plain] = [views(table, "alice"), views(memory, "alice")];
      expect(disk.chats()).toEqual(plain.chats());
      for (const peer of PEERS)
        for (const page of [{ limit: 3 }, { limit: 3, before: 20 }, { limit: 3, after: 20 }])
          expect(disk.history(peer, page)).toEqual(plain.history(peer, page));
    }),
    { numRuns: 100 },
  );
  await store.close();
});
