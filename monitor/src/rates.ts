import type { Row } from './row.ts';

/** What came of the attempts that ended within one second. */
export type Second = {
  fired: number;
  failed: number;
  retried: number;
  /** How late the latest first attempt began, ms; null when there was none. */
  lateMs: number | null;
};

/** By second, Unix time. */
export type Rates = Map<number, Second>;

/** The chart looks back so far, s. */
export const WINDOW_S = 300;

/** Counts finished attempts; forgets what the chart no longer shows. */
export function countRows(rates: Rates, rows: readonly Row[]): void {
  for (const row of rows) {
    const at = Math.floor(row.at / 1_000);
    const known = rates.get(at) ?? { fired: 0, failed: 0, retried: 0, lateMs: null };
    const late = row.attempt === 1 ? row.lateMs : null;
    rates.set(at, {
      fired: known.fired + 1,
      failed: known.failed + (row.status === 'FAILED' || row.status === 'RETRYING' ? 1 : 0),
      retried: known.retried + (row.attempt > 1 ? 1 : 0),
      lateMs: late === null ? known.lateMs : Math.max(late, known.lateMs ?? 0),
    });
  }
  const end = Math.max(...rates.keys());
  for (const at of rates.keys()) if (at < end - WINDOW_S) rates.delete(at);
}

export type Columns = [number[], number[], number[], (number | null)[], (number | null)[]];

/** Time, fired, failed, retried, lateness: a value for every second of the window, the last one now. */
export function toColumns(rates: Rates, nowS: number): Columns {
  // A server whose clock is ahead of this browser's has rows in our future.
  const end = Math.max(nowS, ...rates.keys());
  const times = Array.from({ length: WINDOW_S }, (_, index) => end - WINDOW_S + 1 + index);
  const seconds = times.map((at) => rates.get(at));
  return [
    times,
    seconds.map((second) => second?.fired ?? 0),
    seconds.map((second) => second?.failed ?? 0),
    // Points, so nothing where there was none.
    seconds.map((second) => second?.retried || null),
    seconds.map((second) => second?.lateMs ?? null),
  ];
}
