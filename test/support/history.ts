/** Notes of people and their devices, in the order in which it happened. Texts are unique. */
export type Note =
  | { readonly what: "joins"; readonly user: string; readonly device: string }
  | { readonly what: "sends"; readonly author: string; readonly to: string; readonly text: string }
  | { readonly what: "acks"; readonly text: string; readonly id: string }
  | {
      readonly what: "shows";
      readonly user: string;
      readonly device: string;
      readonly author: string;
      readonly text: string;
      readonly id: string;
    };

type Sends = Extract<Note, { what: "sends" }>;
type Shows = Extract<Note, { what: "shows" }>;

/** Every breach of what a chat promises, as sentences. */
export function breaches(notes: readonly Note[]): string[] {
  const sends = new Map<string, Sends & { order: number }>();
  const acks = new Map<string, string>();
  const screens = new Map<string, { user: string; shows: Shows[] }>();
  const found: string[] = [];
  for (const note of notes) {
    if (note.what === "sends") sends.set(note.text, { ...note, order: sends.size });
    else if (note.what === "joins") screens.set(note.device, { user: note.user, shows: [] });
    else if (note.what === "shows") screens.get(note.device)?.shows.push(note);
    else if ((acks.get(note.text) ?? note.id) !== note.id)
      found.push(`doubled: ${note.text} was stored as ${acks.get(note.text)} and as ${note.id}`);
    else acks.set(note.text, note.id);
  }
  for (const [device, { user, shows }] of screens) {
    const shown = new Set(shows.map(({ text }) => text));
    for (const text of acks.keys())
      if (sends.get(text)?.to === user && !shown.has(text))
        found.push(`lost: ${text} was stored and never came to ${device}`);
    found.push(...screen(device, shows, sends, acks));
  }
  return found;
}

function screen(
  device: string,
  shows: readonly Shows[],
  sends: ReadonlyMap<string, Sends & { order: number }>,
  acks: ReadonlyMap<string, string>,
): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  for (const { user, author, text, id } of shows) {
    const sent = sends.get(text);
    if (sent?.author !== author || sent.to !== user) {
      found.push(`phantom: ${device} shows ${text}, which ${author} did not send there`);
      continue;
    }
    if (acks.has(text) && acks.get(text) !== id)
      found.push(`phantom: ${device} shows ${text} as ${id}, stored was ${acks.get(text)}`);
    if (seen.has(text) || seen.has(id)) found.push(`doubled: ${device} shows ${text} twice`);
    seen.add(text).add(id);
    if (sent.order < (newest.get(author) ?? 0))
      found.push(`disordered: ${device} shows ${text} after a later one`);
    newest.set(author, Math.max(sent.order, newest.get(author) ?? 0));
  }
  return found;
}
