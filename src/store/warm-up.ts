import type { Sql } from './database.ts';
import { finishPostbacks } from './outcomes.ts';
import { HOT } from './pool.ts';
import { loadOpenPostbacks } from './postbacks.ts';

/** Opens the hot connections that are kept, and lets PostgreSQL plan on each of them what a herd asks for. */
export async function warmUp(hot: Sql): Promise<void> {
  // What is asked for at once goes to a connection each.
  const onEach = (ask: () => Promise<unknown>) =>
    Promise.all(Array.from({ length: HOT.kept }, ask));
  await onEach(() => loadOpenPostbacks(hot, [], []));
  await onEach(() => finishPostbacks(hot, []));
}
