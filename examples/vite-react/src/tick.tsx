import type { MessageStatus } from "posthorn/client";

const SHAPES: Record<MessageStatus, string> = {
  pending: "🕓",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓",
  failed: "⚠",
};

/** How far an own message has come. */
export function Tick({ status }: { status: MessageStatus }) {
  return (
    <span className={`tick ${status}`} role="img" aria-label={status}>
      {SHAPES[status]}
    </span>
  );
}
