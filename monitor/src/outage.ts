/** An interruption that is over. */
export type Outage = {
  /** Unix ms, by the clock of this browser. */
  lostAt: number;
  backAt: number;
  /** Lines that were missed and came after all. */
  caughtUp: number;
  /** When the last of them came. */
  lastAt: number;
  /** Whether the log no longer held what was missed. */
  gap: boolean;
  /** Whether what comes now has happened since. */
  isOver: boolean;
};

/** What was missed comes in one go: so much silence says that it was all. */
const SILENCE_MS = 1_000;
/** On a busy stream there is no silence: what comes later is no longer counted as missed. */
const LIMIT_MS = 10_000;

export function startOutage(lostAt: number, backAt: number): Outage {
  return { lostAt, backAt, caughtUp: 0, lastAt: backAt, gap: false, isOver: false };
}

/** Counts lines that came after the connection was back, until all that was missed has come. */
export function noteRows(outage: Outage | null, rows: number, now: number): Outage | null {
  if (!outage || outage.isOver) return outage;
  if (now - outage.lastAt > SILENCE_MS || now - outage.backAt > LIMIT_MS) {
    return { ...outage, isOver: true };
  }
  return { ...outage, caughtUp: outage.caughtUp + rows, lastAt: now };
}
