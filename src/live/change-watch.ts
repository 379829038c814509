import { setTimeout as sleep } from 'node:timers/promises';

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
   * slow reader costs an id per row.
   */
  watch<Value>(
    load: (id: string) => Promise<Value | null>,
    first: () => Promise<string[]>,
  ): AsyncIterableIterator<Value>;
  /** Ends all streams. */
  close(): void;
};

type Viewer = { changed: Set<string>; closed: boolean; wake: () => void };

/**
 * Tells many viewers which rows of a small table change, by one look at the store for all of them, and
 * only while somebody watches. `next` lies some time back, as changes may be committed late; what was
 * told is not told again.
 */
export function createChangeWatch({ read, everyMs, onFault }: Deps): ChangeWatch {
  const viewers = new Set<Viewer>();
  let looking = false;

  async function look(): Promise<void> {
    let since: string | null = null;
    let told = new Map<string, string>();
    while (viewers.size > 0) {
      try {
        const { changes, next } = await read(since);
        // What changed before anybody watched is known to who asks.
        const fresh =
          since === null ? [] : changes.filter((it) => told.get(it.id) !== it.changedAt);
        told = new Map(changes.map(({ id, changedAt }) => [id, changedAt]));
        since = next;
        const ids = fresh.map(({ id }) => id);
        for (const viewer of viewers) tell(viewer, ids);
      } catch (thrown) {
        onFault(thrown);
      }
      await sleep(everyMs, undefined, { ref: false });
    }
    looking = false;
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
      const viewer: Viewer = { changed: new Set(), closed: false, wake: () => {} };
      viewers.add(viewer);
      if (!looking) {
        looking = true;
        void look();
      }
      // After it has joined: what changes meanwhile is told as well.
      first().then((ids) => tell(viewer, ids), onFault);
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        async next() {
          while (!viewer.closed) {
            const [id] = viewer.changed;
            if (id === undefined) {
              await new Promise<void>((resolve) => {
                viewer.wake = resolve;
              });
              continue;
            }
            viewer.changed.delete(id);
            const value = await load(id);
            if (value !== null) return { done: false as const, value };
          }
          return { done: true as const, value: undefined };
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
  };
}
