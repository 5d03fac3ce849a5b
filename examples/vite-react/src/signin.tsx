/** Asks who it is. A plain form: it opens `?as=<name>`. */
export function SignIn() {
  return (
    <form className="signin">
      <h1>Who are you?</h1>
      <input
        name="as"
        aria-label="Your name"
        placeholder="alice"
        required
        pattern="(?!g-)[A-Za-z0-9_\-]{1,64}"
        autoFocus
      />
      <button>Come in</button>
      <p>Open a second window as somebody else, and write to each other.</p>
    </form>
  );
}
