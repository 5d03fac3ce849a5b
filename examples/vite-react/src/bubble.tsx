import type { ChatMessage } from "posthorn/client";
import { useClient } from "posthorn/react";
import { clock } from "./clock.ts";
import { Tick } from "./tick.tsx";

interface Props {
  message: ChatMessage;
  isOwn: boolean;
  isFirstUnread: boolean;
  /** The name of the day that begins with this message. */
  day: string | undefined;
}

export function Bubble({ message: { body, at, status, cid, error }, isOwn, ...above }: Props) {
  const client = useClient();
  return (
    <li className={isOwn ? "own" : "theirs"}>
      {above.day && <p className="day">{above.day}</p>}
      {above.isFirstUnread && <p className="unread">Unread from here</p>}
      <div className="bubble">
        <span className="body">{body}</span>
        <small>
          <time>{clock(at)}</time>
          {isOwn && <Tick status={status} />}
        </small>
        {status === "failed" && (
          <small className="failed">
            Not sent ({error}).
            <button onClick={() => client.retry(cid)}>Try again</button>
            <button onClick={() => client.discard(cid)}>Discard</button>
          </small>
        )}
      </div>
    </li>
  );
}
