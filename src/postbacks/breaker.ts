/** Calls of the last minute count (delivery.md b9). */
export const WINDOW_SECONDS = 60;
/** So many calls at least, before their share of failures says something. */
export const MIN_CALLS = 10;
/** The share of failures that opens. */
export const FAILED_SHARE = 0.7;
/** Failures in a row that open, however many calls there were. */
export const FAILURES_IN_A_ROW = 20;
/** The first hold; each further trip doubles it. */
export const FIRST_HOLD_MS = 30_000;
export const LONGEST_HOLD_MS = 600_000;
/** Holds are drawn from 0.8 to 1.2 times that, so that workers do not probe in step. */
export const HOLD_JITTER = 0.2;
/** A round of so many probes that all succeed closes. */
export const LAST_ROUND = 8;
/** Probes succeed and nothing else waits: after this long without another one it closes. */
export const QUIET_MS = 5_000;

/**
 * The breaker of one destination, as one worker sees it. OPEN holds all calls for a while, HALF_OPEN
 * lets rounds of 1, 2, 4 and 8 through; nothing is lost meanwhile and nothing disabled (delivery.md b9).
 */
export type Breaker = {
  state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** When an open one begins to probe, by the caller's clock. */
  openUntilMs: number;
  /** Openings since it was last closed. */
  trips: number;
  failuresInARow: number;
  /** Calls by second of the clock, of the last minute. */
  calls: Map<number, { all: number; failed: number }>;
  /** The round of probes under way. */
  round: { size: number; started: number; succeeded: number };
  lastSuccessAtMs: number;
};

export function closedBreaker(): Breaker {
  return {
    state: 'CLOSED',
    openUntilMs: 0,
    trips: 0,
    failuresInARow: 0,
    calls: new Map(),
    round: { size: 1, started: 0, succeeded: 0 },
    lastSuccessAtMs: 0,
  };
}

/** Holds from now on. `random` returns [0, 1). */
export function open(breaker: Breaker, nowMs: number, random: () => number): void {
  const step = Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** breaker.trips);
  const drawn = step * (1 - HOLD_JITTER + 2 * HOLD_JITTER * random());
  const { trips } = breaker;
  Object.assign(breaker, closedBreaker(), { state: 'OPEN', trips: trips + 1 });
  breaker.openUntilMs = nowMs + Math.min(LONGEST_HOLD_MS, drawn);
}

/** What time alone changes: an open breaker begins to probe, one whose probes are over closes. */
export function passTime(breaker: Breaker, nowMs: number): void {
  if (breaker.state === 'OPEN' && nowMs >= breaker.openUntilMs) {
    Object.assign(breaker, { state: 'HALF_OPEN', round: { size: 1, started: 0, succeeded: 0 } });
  }
  const { lastSuccessAtMs, round } = breaker;
  const isQuiet = lastSuccessAtMs > 0 && nowMs - lastSuccessAtMs >= QUIET_MS;
  if (breaker.state === 'HALF_OPEN' && isQuiet && round.started === round.succeeded) {
    Object.assign(breaker, closedBreaker());
  }
}

/** A call was answered, or was not. */
export function record(
  breaker: Breaker,
  failed: boolean,
  nowMs: number,
  random: () => number,
): void {
  // A call from before it opened says nothing new.
  if (breaker.state === 'OPEN') return;
  if (breaker.state === 'HALF_OPEN') {
    if (failed) open(breaker, nowMs, random);
    else recordSuccess(breaker, nowMs);
    return;
  }
  const second = Math.floor(nowMs / 1000);
  for (const old of breaker.calls.keys()) {
    if (old > second - WINDOW_SECONDS) break;
    breaker.calls.delete(old);
  }
  const bucket = breaker.calls.get(second) ?? { all: 0, failed: 0 };
  breaker.calls.set(second, bucket);
  bucket.all += 1;
  breaker.failuresInARow = failed ? breaker.failuresInARow + 1 : 0;
  if (!failed) return;
  bucket.failed += 1;
  if (breaker.failuresInARow >= FAILURES_IN_A_ROW || failsMostly(breaker)) {
    open(breaker, nowMs, random);
  }
}

function failsMostly({ calls }: Breaker): boolean {
  let all = 0;
  let failed = 0;
  for (const bucket of calls.values()) {
    all += bucket.all;
    failed += bucket.failed;
  }
  return all >= MIN_CALLS && failed >= FAILED_SHARE * all;
}

/** A probe came back well; the last one of a round begins the next, and that of the last round closes. */
function recordSuccess(breaker: Breaker, nowMs: number): void {
  breaker.lastSuccessAtMs = nowMs;
  const { round } = breaker;
  round.succeeded += 1;
  if (round.succeeded < round.size) return;
  if (round.size >= LAST_ROUND) Object.assign(breaker, closedBreaker());
  else breaker.round = { size: round.size * 2, started: 0, succeeded: 0 };
}
