import { useEffect, useState } from "preact/hooks";
import type { ChatMessage, InfoRow } from "../src/client/client.ts";
import { useClient } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { seenAt } from "./format.ts";

/** Pages that are asked for: a group with receipts has no more members. */
const PAGES_MAX = 8;

/** The members who have received and read an own message, and since when. */
export function WhoHasIt({ message, close }: { message: ChatMessage; close: () => void }) {
  const client = useClient();
  const [rows, setRows] = useState<readonly InfoRow[]>();
  const { id, to, status } = message;
  useEffect(() => {
    let wanted = true;
    void (async () => {
      const all: InfoRow[] = [];
      for (let page = 0; page < PAGES_MAX && id !== undefined; page++) {
        const after = all.at(-1)?.user;
        const answer = await client.group(to).info(id, after === undefined ? {} : { after });
        all.push(...answer.members);
        if (!answer.more) break;
      }
      if (wanted) setRows(all);
    })().catch(() => {
      // Without an answer the sheet stays empty: it is asked again when it is opened again.
    });
    return () => void (wanted = false);
  }, [id, status]);
  const parts = [
    { title: "Read by", of: (row: InfoRow) => row.read, at: (row: InfoRow) => row.readAt },
    {
      title: "Delivered to",
      of: (row: InfoRow) => row.delivered && !row.read,
      at: (row: InfoRow) => row.deliveredAt,
    },
    { title: "Not yet", of: (row: InfoRow) => !row.delivered, at: () => undefined },
  ];
  const now = rows?.filter(({ left }) => !left) ?? [];
  const count = (what: "read" | "delivered"): string =>
    `${now.filter((row) => row[what]).length} of ${now.length}`;
  return (
    <Dialog title="Who has it" close={close}>
      {rows === undefined ? (
        <p class="faint">…</p>
      ) : (
        <>
          <p role="status">
            Delivered to {count("delivered")}, read by {count("read")}
          </p>
          {parts.map(({ title, of, at }) => {
            const those = rows.filter(of);
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
