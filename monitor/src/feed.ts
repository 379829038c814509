import { type Row, rowKey } from './row.ts';

/** The lines that are kept, newest first, and those that wait while the table is paused. */
export type Feed = {
  readonly size: number;
  /** Lines that came while paused. */
  readonly waiting: number;
  /** How many of the waiting ones were too many to keep. */
  readonly dropped: number;
  readonly isPaused: boolean;
  /** Lines ever put on top: how far what was shown before has moved down. */
  readonly risen: number;
  /** The nth line, 0 the newest. */
  at(index: number): Row | undefined;
  indexOf(key: string): number;
  /** What just happened. Answers how many lines were not known before. */
  add(rows: readonly Row[]): number;
  /** What the report holds, in any order: goes where it belongs by its time. */
  fill(rows: readonly Row[]): void;
  pause(): void;
  /** Puts what waited on top. */
  catchUp(): void;
  clear(): void;
};

/** As many as stay smooth, and as the memory of a phone bears. */
export const FEED_LIMIT = 10_000;

export function createFeed(limit = FEED_LIMIT): Feed {
  /** Oldest first: what is new is pushed. */
  let rows: Row[] = [];
  let held: Row[] = [];
  let known = new Set<string>();
  let dropped = 0;
  let isPaused = false;
  let risen = 0;

  function keep(list: Row[]): number {
    const surplus = Math.max(0, list.length - limit);
    for (const { key } of list.splice(0, surplus)) known.delete(key);
    return surplus;
  }

  /** A postback that waited for its first attempt has no line of its own once it was attempted. */
  function forgetWaiting({ postbackId, attempt }: Row): void {
    const key = rowKey(postbackId, 0);
    if (attempt === 0 || !known.delete(key)) return;
    rows = rows.filter((row) => row.key !== key);
    held = held.filter((row) => row.key !== key);
  }

  return {
    get size() {
      return rows.length;
    },
    get waiting() {
      return held.length + dropped;
    },
    get dropped() {
      return dropped;
    },
    get isPaused() {
      return isPaused;
    },
    get risen() {
      return risen;
    },
    at: (index) => rows[rows.length - 1 - index],
    indexOf: (key) => {
      const index = rows.findIndex((row) => row.key === key);
      return index < 0 ? -1 : rows.length - 1 - index;
    },
    add(fresh) {
      const unknown = fresh.filter(({ key }) => !known.has(key) && known.add(key));
      unknown.forEach(forgetWaiting);
      if (isPaused) {
        held.push(...unknown);
        dropped += keep(held);
      } else {
        rows.push(...unknown);
        risen += unknown.length;
        keep(rows);
      }
      return unknown.length;
    },
    fill(older) {
      const attempted = new Set([...rows, ...held].map(({ postbackId }) => postbackId));
      const unknown = older.filter(
        ({ key, attempt, postbackId }) =>
          !known.has(key) && !(attempt === 0 && attempted.has(postbackId)),
      );
      for (const { key } of unknown) known.add(key);
      rows = [...unknown, ...rows].toSorted((one, other) => one.at - other.at);
      keep(rows);
    },
    pause() {
      isPaused = true;
    },
    catchUp() {
      isPaused = false;
      dropped = 0;
      rows.push(...held);
      risen += held.length;
      held = [];
      keep(rows);
    },
    clear() {
      rows = [];
      held = [];
      known = new Set();
      dropped = 0;
      risen = 0;
    },
  };
}
