import { toError } from './failure.ts';

/**
 * Writes a batch whole; if PostgreSQL refuses it for its data, in halves, down to the item that it
 * refuses. Answers by item a result or the error of that item alone, so that one bad item takes no
 * other caller's with it.
 *
 * `write` stores all its items or, when it rejects, none. Rejects itself while nothing is stored yet
 * and the fault is no item's: a database that is down stays the fault of the whole batch.
 */
export async function isolate<In, Out>(
  items: In[],
  write: (items: In[]) => Promise<Out[]>,
): Promise<(Out | Error)[]> {
  try {
    return await write(items);
  } catch (thrown) {
    if (!isRefusedForData(thrown)) throw thrown;
    if (items.length <= 1) return items.map(() => toError(thrown));
  }
  const middle = Math.ceil(items.length / 2);
  const results: (Out | Error)[] = [];
  for (const half of [items.slice(0, middle), items.slice(middle)]) {
    // The other half may be stored already: what fails now is told by item.
    const failed = (thrown: unknown) => half.map(() => toError(thrown));
    results.push(...(await isolate(half, write).catch(failed)));
  }
  return results;
}

/** Whether PostgreSQL refused data: SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation). */
export function isRefusedForData(thrown: unknown): boolean {
  const { code } = toError(thrown) as { code?: unknown };
  return typeof code === 'string' && /^2[23]...$/.test(code);
}
