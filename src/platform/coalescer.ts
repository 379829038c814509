import { batchLength } from './batch-length.ts';
import { outsideRequests } from './request-scope.ts';

/** What a coalescer does with its items. */
export type CoalescerOptions<In, Out> = {
  /**
   * Handles a batch, at most `maxBatch` items, and answers one result per item in their order; an
   * Error among them rejects that item alone.
   */
  flush: (batch: In[]) => Promise<(Out | Error)[]>;
  /** Items per flush; default 500, the batch size of every hot statement. */
  maxBatch?: number;
  /** Flushes under way at a time; default 2, so one can fill while the other waits for a disk. */
  maxInFlight?: number;
  /** Items that may wait for a flush; default: no limit. */
  maxWaiting?: number;
  /** For items that differ much: how large one is, and what a flush and all that wait may have together. */
  size?: { of: (item: In) => number; maxBatch: number; maxWaiting: number };
};

/** Many callers, one statement. */
export type Coalescer<In, Out> = {
  /**
   * Resolves with the result for this item, or rejects with its own error or what its flush threw.
   *
   * @throws CoalescerFullError (as a rejection) when as much waits already as may.
   */
  add(item: In): Promise<Out>;
  /** Items that wait for a flush, without those in a flush. */
  readonly depth: number;
  /** Resolves when nothing waits and no flush is under way; never rejects. */
  idle(): Promise<void>;
};

/** More items arrive than the flushes can take; the caller must refuse or slow down. */
export class CoalescerFullError extends Error {
  override name = 'CoalescerFullError';
  /** How many wait: no more may, by their number or by their size. */
  maxWaiting: number;

  constructor(maxWaiting: number) {
    super(`${maxWaiting} items wait for a flush already`);
    this.maxWaiting = maxWaiting;
  }
}

type Waiter<In, Out> = {
  item: In;
  resolve: (result: Out) => void;
  reject: (error: unknown) => void;
};

/**
 * Collects the items of one turn of the event loop into one `flush`. While `maxInFlight` flushes are
 * under way items wait, and go together when one returns: batches grow with load by themselves, so
 * there is no timer and nothing to tune. A flush that fails rejects its own items and no others.
 */
export function coalesce<In, Out>(options: CoalescerOptions<In, Out>): Coalescer<In, Out> {
  const { flush, maxBatch = 500, maxInFlight = 2, maxWaiting = Number.POSITIVE_INFINITY } = options;
  const { size = { of: () => 0, maxBatch: 0, maxWaiting: 0 } } = options;
  const sizeOf = ({ item }: Waiter<In, Out>) => size.of(item);
  const limits = { maxItems: maxBatch, maxSize: size.maxBatch, sizeOf };
  let waiting: Waiter<In, Out>[] = [];
  let waitingSize = 0;
  let inFlight = 0;
  let scheduled = false;
  let idlers: (() => void)[] = [];

  function start(): void {
    scheduled = false;
    while (waiting.length > 0 && inFlight < maxInFlight) {
      const length = batchLength(waiting, limits);
      const batch = length < waiting.length ? waiting.splice(0, length) : waiting;
      if (batch === waiting) waiting = [];
      for (const waiter of batch) waitingSize -= sizeOf(waiter);
      inFlight += 1;
      void settle(batch);
    }
    if (waiting.length === 0 && inFlight === 0) {
      for (const resolve of idlers) resolve();
      idlers = [];
    }
  }

  async function settle(batch: Waiter<In, Out>[]): Promise<void> {
    try {
      const results = await flush(batch.map((waiter) => waiter.item));
      if (results.length !== batch.length) {
        throw new Error(`a flush of ${batch.length} items answered ${results.length} results`);
      }
      for (const [index, waiter] of batch.entries()) {
        const result = results[index] as Out | Error;
        if (result instanceof Error) waiter.reject(result);
        else waiter.resolve(result);
      }
    } catch (error) {
      for (const waiter of batch) waiter.reject(error);
    }
    inFlight -= 1;
    start();
  }

  return {
    add(item) {
      if (waiting.length >= maxWaiting || waitingSize > size.maxWaiting) {
        return Promise.reject(new CoalescerFullError(waiting.length));
      }
      waitingSize += size.of(item);
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (scheduled || inFlight >= maxInFlight) return;
        scheduled = true;
        outsideRequests(() => setImmediate(start));
      });
    },
    get depth() {
      return waiting.length;
    },
    idle() {
      if (waiting.length === 0 && inFlight === 0) return Promise.resolve();
      return new Promise((resolve) => idlers.push(resolve));
    },
  };
}
