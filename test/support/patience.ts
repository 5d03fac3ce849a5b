/**
 * How long specs wait for what a real broker, program or browser does, in ms: many times what it takes on a desk, since
 * waiting costs nothing where it comes.
 */
export const PATIENCE_MS = 60_000;
export const PATIENCE = { timeout: PATIENCE_MS } as const;
