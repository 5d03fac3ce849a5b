import { Avatar } from "./avatar.tsx";
import { knownNames, NAME_RULE } from "./identity.ts";
import { Logo } from "./icons.tsx";

const SUGGESTED = ["alice", "bob"];

/** Asks who you are. A plain form: sending it opens `?as=<name>`. */
export function Picker({ refused }: { refused: string | undefined }) {
  const known = knownNames();
  return (
    <main class="picker">
      <Logo />
      <h1>Posthorn</h1>
      <p>Who is writing?</p>
      <form method="get">
        <label class="hidden" for="as">
          Your name
        </label>
        <input
          id="as"
          name="as"
          required
          autofocus
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={64}
          pattern="(?!g-)[A-Za-z0-9_\-]+"
          title={NAME_RULE}
          placeholder="Your name"
          defaultValue={refused ?? ""}
          aria-describedby="rule"
          aria-invalid={refused !== undefined}
        />
        <button class="primary">Come in</button>
        <p id="rule" class={refused === undefined ? "faint" : "wrong"}>
          {NAME_RULE}
        </p>
      </form>
      <p class="faint">{known.length > 0 ? "Here before:" : "Or as one of these:"}</p>
      <nav aria-label="Names">
        {(known.length > 0 ? known : SUGGESTED).map((name) => (
          <a key={name} class="name" href={`?as=${name}`}>
            <Avatar name={name} />
            <bdi>{name}</bdi>
          </a>
        ))}
      </nav>
      <p class="faint">Open a second tab as somebody else, and write to each other.</p>
    </main>
  );
}
