type Waiting<Value> = { key: string; answer: PromiseWithResolvers<Value | undefined> };

/**
 * Loads together what the rows of one page ask for one by one: keys are collected until the event loop
 * turns, and read at once. Nothing is kept longer than that, as `request` may be a socket that lives for
 * hours; a key that is asked for again is read again.
 * @param loadMany answers the values by key; a key it leaves out is undefined to who asked
 */
export function createBatchLoader<Request extends object, Value>(
  loadMany: (request: Request, keys: string[]) => Promise<Map<string, Value>>,
): (request: Request, key: string) => Promise<Value | undefined> {
  const batches = new WeakMap<Request, Waiting<Value>[]>();

  async function load(request: Request, batch: Waiting<Value>[]): Promise<void> {
    batches.delete(request);
    try {
      const values = await loadMany(request, [...new Set(batch.map(({ key }) => key))]);
      for (const { key, answer } of batch) answer.resolve(values.get(key));
    } catch (thrown) {
      for (const { answer } of batch) answer.reject(thrown);
    }
  }

  return (request, key) => {
    let batch = batches.get(request);
    if (!batch) {
      const begun: Waiting<Value>[] = [];
      batch = begun;
      batches.set(request, begun);
      setImmediate(() => void load(request, begun));
    }
    const answer = Promise.withResolvers<Value | undefined>();
    batch.push({ key, answer });
    return answer.promise;
  };
}
