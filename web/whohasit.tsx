import { useEffect, useState } from "preact/hooks";
import type { ChatMessage, InfoRow } from "../src/client/client.ts";
import { useClient } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { seenAt } from "./format.ts";

/** Members that are asked for at a time: two screens of a phone. */
const PAGE = 50;

interface Held {
  /** How many have received and read it, of how many who count. */
  readonly delivered: number;
  readonly read: number;
  readonly of: number;
  readonly rows: readonly InfoRow[];
  readonly more: boolean;
}

/** Members come page by page, and are counted over all. Those that are shown are asked for again when the message's ticks change. */
function useInfo({ id = "", to, status }: ChatMessage): {
  held: Held | undefined;
  more: () => void;
} {
  const client = useClient();
  const [held, setHeld] = useState<Held>();
  const pageBehind = (rows: readonly InfoRow[]) => {
    const after = rows.at(-1)?.user;
    return client.group(to).info(id, { limit: PAGE, ...(after !== undefined && { after }) });
  };
  /** As many rows as were shown, and a page at least. */
  const load = async (due: number): Promise<Held> => {
    const rows: InfoRow[] = [];
    let more = true;
    while (more && rows.length < due) {
      const answer = await pageBehind(rows);
      rows.push(...answer.members);
      ({ more } = answer);
    }
    const { delivered = 0, read = 0, of = 0 } = await client.status(id);
    return { delivered, read, of, rows, more };
  };
  useEffect(() => {
    let isWanted = true;
    load(held?.rows.length ?? 1).then(
      (now) => isWanted && setHeld(now),
      () => undefined, // The sheet stays as it is: it is asked again when it is opened again.
    );
    return () => void (isWanted = false);
  }, [id, status]);
  const more = (): void => {
    if (held === undefined) return;
    void pageBehind(held.rows).then(
      (answer) =>
        setHeld((now) =>
          // A tick that came meanwhile has had all of it asked for again.
          now === held
            ? { ...now, rows: [...now.rows, ...answer.members], more: answer.more }
            : now,
        ),
      () => undefined, // The button is there still.
    );
  };
  return { held, more };
}

const PARTS = [
  { title: "Read by", of: (row: InfoRow) => row.read, at: (row: InfoRow) => row.readAt },
  {
    title: "Delivered to",
    of: (row: InfoRow) => row.delivered && !row.read,
    at: (row: InfoRow) => row.deliveredAt,
  },
  { title: "Not yet", of: (row: InfoRow) => !row.delivered, at: () => undefined },
];

/** The members who have received and read an own message, and since when. */
export function WhoHasIt({ message, close }: { message: ChatMessage; close: () => void }) {
  const { held, more } = useInfo(message);
  return (
    <Dialog title="Who has it" close={close}>
      {held === undefined ? (
        <p class="faint">…</p>
      ) : (
        <>
          <p role="status">
            Delivered to {held.delivered} of {held.of}, read by {held.read} of {held.of}
          </p>
          {PARTS.map(({ title, of, at }) => {
            const those = held.rows.filter(of);
            if (those.length === 0) return null;
            return (
              <section key={title} aria-label={title}>
                <h3>{title}</h3>
                <ul class="members">
                  {those.map((row) => (
                    <Row key={row.user} row={row} at={at(row)} />
                  ))}
                </ul>
              </section>
            );
          })}
          {held.more && (
            <button class="link" onClick={more}>
              Show more
            </button>
          )}
        </>
      )}
    </Dialog>
  );
}

function Row({ row: { user, left }, at }: { row: InfoRow; at: number | undefined }) {
  return (
    <li>
      <Avatar name={user} />
      <bdi class="peer">{user}</bdi>
      {left && <span class="faint">has left</span>}
      {at !== undefined && <span class="faint">{seenAt(at, Date.now())}</span>}
    </li>
  );
}
