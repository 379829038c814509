import { setTimeout as sleep } from 'node:timers/promises';

import { outsideRequests } from '../platform/request-scope.ts';

/** A row that changed, and when, as the store says it. */
export type Change = { id: string; changedAt: string };

type Deps = {
  /** Rows that changed at `since` or later, and the time to ask from next; null: only that time. */
  read: (since: string | null) => Promise<{ changes: Change[]; next: string }>;
  everyMs: number;
  onFault: (thrown: unknown) => void;
};

export type ChangeWatch = {
  /**
   * A stream of what `load` makes of the rows that `first` names and of each that changes from now on;
   * null leaves it out. Of changes that the reader has not taken yet the latest of a row counts, so a
   * slow reader costs an id per row. It ends with what `first` or `load` throws.
   */
  watch<Value>(
    load: (id: string) => Promise<Value | null>,
    first: () => Promise<string[]>,
  ): AsyncIterableIterator<Value>;
  /** Ends all streams. */
  close(): void;
  readonly viewers: number;
};

type Viewer = {
  changed: Set<string>;
  /** What `first` threw. */
  fault: { thrown: unknown } | null;
  closed: boolean;
  wake: () => void;
};

/**
 * Tells many viewers which rows of a small table change, by one look at the store for all of them, and
 * only while somebody watches. `next` lies some time back, as changes may be committed late; what was
 * told is not told again.
 */
export function createChangeWatch({ read, everyMs, onFault }: Deps): ChangeWatch {
  const viewers = new Set<Viewer>();
  /** Resolves with the first look of the round that is under way; null: nobody watches. */
  let begun: Promise<void> | null = null;

  async function look(begin: () => void): Promise<void> {
    let since: string | null = null;
    let told = new Map<string, string>();
    while (viewers.size > 0) {
      try {
        const { changes, next } = await read(since);
        // What changed before anybody watched is in the first list, which is read behind this look.
        const fresh =
          since === null ? [] : changes.filter((it) => told.get(it.id) !== it.changedAt);
        told = new Map(changes.map(({ id, changedAt }) => [id, changedAt]));
        since = next;
        const ids = fresh.map(({ id }) => id);
        for (const viewer of viewers) tell(viewer, ids);
        begin();
      } catch (thrown) {
        onFault(thrown);
      }
      await sleep(everyMs, undefined, { ref: false });
    }
    begun = null;
  }

  function beginLooking(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    void outsideRequests(() => look(resolve));
    return promise;
  }

  function tell(viewer: Viewer, ids: string[]): void {
    for (const id of ids) viewer.changed.add(id);
    if (ids.length > 0) viewer.wake();
  }

  function leave(viewer: Viewer): void {
    viewers.delete(viewer);
    viewer.closed = true;
    viewer.wake();
  }

  return {
    watch<Value>(
      load: (id: string) => Promise<Value | null>,
      first: () => Promise<string[]>,
    ): AsyncIterableIterator<Value> {
      const viewer: Viewer = { changed: new Set(), fault: null, closed: false, wake: () => {} };
      viewers.add(viewer);
      begun ??= beginLooking();
      // Behind a look: read before it, a change between the two would be told by neither.
      begun
        .then(() => (viewer.closed ? [] : first()))
        .then(
          (ids) => tell(viewer, ids),
          (thrown) => {
            viewer.fault = { thrown };
            viewer.wake();
          },
        );

      async function next(): Promise<IteratorResult<Value, undefined>> {
        while (!viewer.closed) {
          if (viewer.fault) throw viewer.fault.thrown;
          const [id] = viewer.changed;
          if (id === undefined) {
            await new Promise<void>((resolve) => {
              viewer.wake = resolve;
            });
            continue;
          }
          viewer.changed.delete(id);
          const value = await load(id);
          if (value !== null) return { done: false, value };
        }
        return { done: true, value: undefined };
      }

      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        async next() {
          try {
            return await next();
          } catch (thrown) {
            // Nobody calls return() on a stream that threw.
            leave(viewer);
            throw thrown;
          }
        },
        async return() {
          leave(viewer);
          return { done: true as const, value: undefined };
        },
      };
    },
    close() {
      for (const viewer of [...viewers]) leave(viewer);
    },
    get viewers() {
      return viewers.size;
    },
  };
}
