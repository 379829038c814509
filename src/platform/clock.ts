/** Reads the wall clock. The only way the rest of Volley learns the time of this process. */
export type Clock = { now(): Date };

/** The machine's own clock. Due times never come from it: PostgreSQL writes them, Redis compares them. */
export const systemClock: Clock = { now: () => new Date() };
