import { setTimeout as sleep } from 'node:timers/promises';
import { outsideRequests } from '../platform/request-scope.ts';

/** A value that many may watch, and what it hangs on. */
export type ValueSource<Value> = {
  /** Viewers with the same key share one reading; so it names the rights that `read` reads with as well. */
  key: string;
  read: () => Promise<Value>;
  /**
   * Streams of which each row may have changed the value. The first message of each says that nothing
   * after it is missed; one without a row is no change.
   */
  changes: () => AsyncIterableIterator<{ row: unknown }>[];
};

export type ValueWatch = {
  /**
   * The value now, and again whenever it has become another one. A slow reader gets the latest only. It
   * ends with what reading throws.
   */
  watch<Value>(source: ValueSource<Value>): AsyncIterableIterator<Value>;
  /** Ends all streams. */
  close(): void;
};

type Options = {
  /** Pause between two readings at least. */
  everyMs: number;
  /** It is also read after this much silence, for changes that no stream tells of. */
  refreshMs: number;
};

type Viewer = {
  /** What it was not given yet. */
  pending: { value: unknown } | null;
  end: { thrown?: unknown } | null;
  wake: () => void;
};

/** Who shares a key. */
type Group = {
  viewers: Set<Viewer>;
  latest: { value: unknown; text: string } | null;
  changed: boolean;
  /** What a stream of changes threw. */
  fault: { thrown: unknown } | null;
  wake: () => void;
};

/** Reads a value once for all who watch it, and only when something it hangs on has come. */
export function createValueWatch({ everyMs, refreshMs }: Options): ValueWatch {
  const groups = new Map<string, Group>();

  async function run(group: Group, { read, changes }: ValueSource<unknown>): Promise<void> {
    const streams = changes();
    try {
      await Promise.all(streams.map((stream) => stream.next()));
      for (const stream of streams) void follow(group, stream);
      while (group.viewers.size > 0) {
        group.changed = false;
        tell(group, await read());
        await sleep(everyMs, undefined, { ref: false });
        await silence(group);
        if (group.fault) throw group.fault.thrown;
      }
    } catch (thrown) {
      for (const viewer of group.viewers) end(viewer, { thrown });
    } finally {
      for (const stream of streams) void stream.return?.();
    }
  }

  async function follow(group: Group, stream: AsyncIterable<{ row: unknown }>): Promise<void> {
    try {
      for await (const { row } of stream) {
        if (row === null) continue;
        group.changed = true;
        group.wake();
      }
    } catch (thrown) {
      group.fault = { thrown };
      group.wake();
    }
  }

  /** Until something comes, everybody has left, or it was quiet for long. */
  async function silence(group: Group): Promise<void> {
    if (group.changed || group.fault || group.viewers.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, refreshMs);
      timer.unref();
      group.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function tell(group: Group, value: unknown): void {
    const text = JSON.stringify(value);
    if (text === group.latest?.text) return;
    group.latest = { value, text };
    for (const viewer of group.viewers) {
      viewer.pending = { value };
      viewer.wake();
    }
  }

  function join(source: ValueSource<unknown>, viewer: Viewer): () => void {
    let group = groups.get(source.key);
    if (group) {
      group.viewers.add(viewer);
    } else {
      group = newGroup(viewer);
      groups.set(source.key, group);
      const begun = group;
      void outsideRequests(() => run(begun, source)).finally(() => {
        if (groups.get(source.key) === begun) groups.delete(source.key);
      });
    }
    const joined = group;
    viewer.pending = joined.latest && { value: joined.latest.value };
    return () => {
      joined.viewers.delete(viewer);
      if (joined.viewers.size > 0) return;
      // Whoever comes next begins anew, while this one may still be reading.
      if (groups.get(source.key) === joined) groups.delete(source.key);
      joined.wake();
    };
  }

  return {
    watch<Value>(source: ValueSource<Value>): AsyncIterableIterator<Value> {
      const viewer: Viewer = { pending: null, end: null, wake: () => {} };
      const leave = join(source, viewer);
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        async next() {
          while (!viewer.end && !viewer.pending) {
            await new Promise<void>((resolve) => {
              viewer.wake = resolve;
            });
          }
          if (viewer.end) {
            leave();
            if ('thrown' in viewer.end) throw viewer.end.thrown;
            return { done: true as const, value: undefined };
          }
          const { value } = viewer.pending as { value: unknown };
          viewer.pending = null;
          return { done: false as const, value: value as Value };
        },
        async return() {
          leave();
          end(viewer, {});
          return { done: true as const, value: undefined };
        },
      };
    },
    close() {
      for (const group of groups.values()) {
        for (const viewer of group.viewers) end(viewer, {});
      }
    },
  };
}

function newGroup(viewer: Viewer): Group {
  return {
    viewers: new Set([viewer]),
    ...{ latest: null, changed: false, fault: null },
    wake: () => {},
  };
}

/** The first end of a stream is its own. */
function end(viewer: Viewer, how: NonNullable<Viewer['end']>): void {
  viewer.end ??= how;
  viewer.wake();
}
