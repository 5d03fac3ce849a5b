/** A colour for a name, always the same. */
const hue = (name: string): number =>
  Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 0);

export function Avatar({ name, isOnline = false }: { name: string; isOnline?: boolean }) {
  return (
    <span className="avatar" style={{ background: `hsl(${hue(name)} 45% 42%)` }} aria-hidden="true">
      {name.slice(0, 2).toUpperCase()}
      {isOnline && <i />}
    </span>
  );
}
