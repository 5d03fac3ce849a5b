// Hooks of Node's loader: the program of another build is found where that of this checkout is asked for.

/** The folder of the other build, as an address. */
let built = "";

/** @param {string} folder */
export function initialize(folder) {
  built = folder;
}

/**
 * @param {string} specifier
 * @param {object} context
 * @param {(specifier: string, context: object) => Promise<{ url: string }>} next
 */
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  return found.url.endsWith("/dist/main.js") ? { ...found, url: `${built}/main.js` } : found;
}
