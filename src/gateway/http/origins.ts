/** The word of the settings for clients that send no `Origin`. In that header it names nobody. */
const NONE = "none";

/** May pages of this origin come? It is compared character by character. */
export const admitsPage = (origins: ReadonlySet<string>, origin: string): boolean =>
  origin !== NONE && origins.has(origin);

/** May who says this `Origin`, or none, open a WebSocket? */
export const admits = (origins: ReadonlySet<string>, origin: string | undefined): boolean =>
  origin === undefined ? origins.has(NONE) : admitsPage(origins, origin);
