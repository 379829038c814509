/** Calls to one destination under way at first, per worker (domain.md 2.4). */
export const START_CAP = 10;
/** The bounds a cap moves in (delivery.md b5). */
export const MIN_CAP = 1;
export const MAX_CAP = 64;
/** A success within this long is a reason to send more at a time. */
const FAST_MS = 2_000;

/** How many calls to one destination may be under way: additive increase, multiplicative decrease. */
export type InFlightCap = {
  cap: number;
  inFlight: number;
  /** When it was halved last: once per round trip is enough. */
  halvedAtMs: number;
};

export function startCap(): InFlightCap {
  return { cap: START_CAP, inFlight: 0, halvedAtMs: Number.NEGATIVE_INFINITY };
}

/**
 * How many more may be claimed. None while more than half of them are under way: ids are claimed by the
 * handful and not one by one.
 */
export function roomIn({ cap, inFlight }: InFlightCap): number {
  return inFlight > Math.floor(cap / 2) ? 0 : cap - inFlight;
}

/** Moves the cap by an answer: up by a fast 2xx when it is in use, halved by a timeout or a 429. */
export function adapt(
  state: InFlightCap,
  answer: { statusCode: number | null; errorKind: string | null; durationMs: number },
  nowMs: number,
): void {
  const { statusCode, errorKind, durationMs } = answer;
  const isSlow = errorKind === 'TIMEOUT' || statusCode === 429;
  const isSuccess = statusCode !== null && statusCode >= 200 && statusCode < 300;
  if (isSlow && nowMs - state.halvedAtMs >= durationMs) {
    state.cap = Math.max(MIN_CAP, Math.floor(state.cap / 2));
    state.halvedAtMs = nowMs;
  } else if (isSuccess && durationMs <= FAST_MS && roomIn(state) === 0) {
    state.cap = Math.min(MAX_CAP, state.cap + 1);
  }
}
