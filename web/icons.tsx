import type { MessageStatus } from "../src/client/client.ts";

/** Drawn in the current colour; the words beside or on the button say what they mean. */
const SHAPES = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-6 16-2.5-6.500z",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  group:
    "M9 11a3.500 3.500 0 100-7 3.500 3.500 0 000 7zm-6 8c.5-3.500 3-5 6-5s5.500 1.500 6 5M15.500 4.500a3.500 3.500 0 010 6M17 14.500c2.300.4 3.700 1.900 4 4.500",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zm-7 8c.6-4 3.5-6 7-6s6.4 2 7 6",
} as const;

export function Icon({ shape }: { shape: keyof typeof SHAPES }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[shape]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="2 4 28 22" aria-hidden="true">
      <circle cx="13.5" cy="13" r="6.2" />
      <path d="M4 19.200h16.5" />
      <path class="bell" d="M20.5 19.200c3.5 0 5.5-1.6 7.5-4.700v9.400c-2-3.1-4-4.7-7.5-4.700z" />
    </svg>
  );
}

const STATUS_WORDS: Record<MessageStatus, string> = {
  pending: "waiting to be sent",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  failed: "not sent",
};
const ONE = "M2 7l3.5 3.500L12.5 3";
const TWO = `${ONE}M9.5 9.200l1.3 1.300L18 3`;
const TICKS: Record<MessageStatus, string> = {
  pending: "M9 1.500a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM9 4v3.200l2.2 1.3",
  sent: ONE,
  delivered: TWO,
  read: TWO,
  failed: "M9 1.500a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM9 4v3.500M9 9.800v.200",
};

/** How far an own message has come, for eyes and for screen readers. */
export function Tick({ status }: { status: MessageStatus }) {
  return (
    <svg class={`tick ${status}`} viewBox="0 0 20 14" role="img" aria-label={STATUS_WORDS[status]}>
      <title>{STATUS_WORDS[status]}</title>
      <path d={TICKS[status]} />
    </svg>
  );
}
