/** Lets `ms` pass, by the global timer: the simulation puts its own time in that one's place, and has none for `node:timers/promises`. */
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
