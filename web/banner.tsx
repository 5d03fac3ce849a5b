import { useEffect, useState } from "preact/hooks";
import type { Page } from "./page.ts";
import type { Trouble } from "./trouble.ts";

/** Says when something is wrong with the connection, and what was refused. */
export function Banner({ page }: { page: Page }) {
  const trouble = page.trouble.value;
  const notice = page.notice.value;
  return (
    <div class="banners" role="status">
      {trouble && <Connection trouble={trouble} />}
      {page.forgetful.value && <Forgetful />}
      {notice !== "" && <p class="banner wrong">{notice}</p>}
    </div>
  );
}

function Forgetful() {
  const [seen, setSeen] = useState(false);
  if (seen) return null;
  return (
    <p class="banner">
      <span>
        This browser keeps nothing of your chats: a reload loads them anew, and loses what still
        waits to be sent.
      </span>
      <button class="link" onClick={() => setSeen(true)}>
        Understood
      </button>
    </p>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  waiting: "Waiting for connection",
  offline: "No network",
};

function Connection({ trouble }: { trouble: Trouble }) {
  const seconds = useSecondsUntil(trouble.retryAt);
  if (trouble.state === "closed")
    return (
      <p class="banner wrong">
        Disconnected, and not trying again ({trouble.reason ?? "closed"}).{" "}
        <button class="link" onClick={() => location.reload()}>
          Reload
        </button>
      </p>
    );
  return (
    <p class="banner">
      <span class="spinner" aria-hidden="true" />
      {WORDS[trouble.state] ?? "Connecting…"}
      {/* Counted for eyes only: a screen reader would read every second aloud. */}
      {seconds !== undefined && <span aria-hidden="true">, next try in {seconds} s</span>}
    </p>
  );
}

function useSecondsUntil(at: number | undefined): number | undefined {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === undefined) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? undefined : Math.max(0, Math.ceil((at - now) / 1_000));
}
