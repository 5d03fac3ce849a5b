import { hue, initials } from "./format.ts";

/** A stamp with the name's initials; the name itself stands beside it. */
export function Avatar({ name, online = false }: { name: string; online?: boolean }) {
  return (
    <span class="avatar" aria-hidden="true">
      <span class="stamp" style={{ "--hue": `${hue(name)}deg` }}>
        {initials(name)}
      </span>
      {online && <span class="online-dot" />}
    </span>
  );
}
