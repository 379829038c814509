/** What a reader gets: an item, or why there is none. */
export type Received<Item> =
  | { kind: 'item'; item: Item }
  | { kind: 'idle' }
  | { kind: 'overflow' }
  | { kind: 'closed' };

/** A queue of at most `limit` items between one writer that never waits and one reader. */
export type BoundedChannel<Item> = {
  /** Adds an item. When the queue is full it is emptied and the reader is told `overflow` once. */
  push(item: Item): void;
  /** The next item; `idle` when none came within `idleMs`. One call at a time. */
  next(idleMs: number): Promise<Received<Item>>;
  /** Whether it is open and nothing waits in it. */
  isEmpty(): boolean;
  close(): void;
};

/**
 * A reader that cannot keep up loses its buffer, not messages: it reads the log from its own position
 * and comes back. So a viewer that stops reading costs `limit` references and nothing else.
 */
export function createBoundedChannel<Item>(limit: number): BoundedChannel<Item> {
  let items: Item[] = [];
  let state: 'open' | 'overflow' | 'closed' = 'open';
  let wake = () => {};

  function take(): Received<Item> | null {
    if (state !== 'open') return { kind: state };
    const item = items.shift();
    return item === undefined ? null : { kind: 'item', item };
  }

  return {
    push(item) {
      if (state !== 'open') return;
      if (items.length >= limit) {
        state = 'overflow';
        items = [];
      } else {
        items.push(item);
      }
      wake();
    },
    async next(idleMs) {
      const ready = take();
      if (ready) return ready;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, idleMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      return take() ?? { kind: 'idle' };
    },
    isEmpty: () => state === 'open' && items.length === 0,
    close() {
      state = 'closed';
      items = [];
      wake();
    },
  };
}
