import type { LaneLimit } from '../queue/claim-due.ts';
import { type Breaker, closedBreaker, passTime, record } from './breaker.ts';
import { adapt, type InFlightCap, roomIn, START_CAP, startCap } from './in-flight-cap.ts';
import { type ErrorKind, RETRY_AFTER_CAP_SECONDS } from './retry.ts';

/** Affiliate and row id of a destination: group and lane of its postbacks in the queue. */
export type DestinationRef = { affiliateId: string; destinationId: string };

/** What is held of a destination; `heldForMs` null: nothing. */
export type DestinationHold = {
  breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  heldForMs: number | null;
  heldReason: 'FAILING' | 'RETRY_AFTER' | null;
  trips: number;
  /** What the last call that failed ended with, for example `HTTP_503`. */
  lastFailure: string | null;
};

export type DestinationChange = DestinationRef & DestinationHold;

/** What the database says of a destination that is held or limited. */
export type DestinationRow = DestinationChange & {
  /** Calls per second at most; null for no limit. */
  perSecond: number | null;
};

/** What came of a call. */
export type CallResult = {
  statusCode: number | null;
  errorKind: ErrorKind | null;
  retryAfterSeconds: number | null;
  durationMs: number;
};

export type DestinationControl = {
  /** What a claim may take of a destination that `limits` does not name. */
  readonly perLane: number;
  /** What the next claim may take of those that are held, probed, capped or limited. */
  limits(): LaneLimit[];
  /** A postback was claimed: it counts until it is done. */
  claimed(ref: DestinationRef): void;
  /** A claim is over, whether a call was made or not. Answers whether others may wait for its room. */
  done(ref: DestinationRef): boolean;
  /** Whether it gets no calls now, not even one that was claimed before. */
  isHeld(destinationId: string): boolean;
  /** A call was made, and this came of it. */
  answered(ref: DestinationRef, result: CallResult): void;
  /**
   * Takes over what the database says: holds of other workers, releases, resumes by hand, rates.
   * @param known false for a destination whose own change is not written, or newer than the rows
   */
  learn(rows: DestinationRow[], known?: (destinationId: string) => boolean): void;
  readonly held: DestinationRef[];
};

type Deps = {
  /** Milliseconds that only ever grow. */
  nowMs: () => number;
  random: () => number;
  /** Told of every hold, probe and release; not of what was learnt. */
  onChange: (change: DestinationChange) => void;
};

type Destination = DestinationRef & {
  breaker: Breaker;
  cap: InFlightCap;
  /** Until when it asked for a pause; null when it did not. */
  pausedUntilMs: number | null;
  perSecond: number | null;
  lastFailure: string | null;
  usedAtMs: number;
  /** Whether a claim was or would have been denied for want of room, since it last had some. */
  isFull: boolean;
  /** When it was probed first, and how many calls of before were under way: those are no probes. */
  probedFrom: { sinceMs: number; underWay: number };
};

/** One that is at its defaults and was not used for this long is forgotten. */
const FORGET_MS = 60_000;

/** What says nothing about a receiver: we cut it off, or never called. A 429 moves the cap instead. */
const SAYS_NOTHING: ReadonlySet<ErrorKind> = new Set(['ABORTED', 'ADDRESS_REFUSED', 'INVALID_URL']);

/** One worker's view of where calls go: who is held, probed or limited, and how much each may take. */
export function createDestinationControl({ nowMs, random, onChange }: Deps): DestinationControl {
  const all = new Map<string, Destination>();

  function find({ affiliateId, destinationId }: DestinationRef): Destination {
    const known = all.get(destinationId);
    if (known) return known;
    const destination: Destination = {
      ...{ affiliateId, destinationId, breaker: closedBreaker(), cap: startCap() },
      ...{ pausedUntilMs: null, perSecond: null, lastFailure: null, usedAtMs: nowMs() },
      ...{ isFull: false, probedFrom: { sinceMs: 0, underWay: 0 } },
    };
    all.set(destinationId, destination);
    return destination;
  }

  /** Changes a destination, and tells when that holds, probes or releases it. */
  function change(destination: Destination, act: () => void): void {
    const before = holdOf(destination, nowMs());
    act();
    const after = holdOf(destination, nowMs());
    const isSame =
      before.breaker === after.breaker &&
      before.heldReason === after.heldReason &&
      before.trips === after.trips &&
      Math.abs((before.heldForMs ?? 0) - (after.heldForMs ?? 0)) < 1;
    if (isSame) return;
    const { affiliateId, destinationId } = destination;
    onChange({ affiliateId, destinationId, ...after });
  }

  function pass(destination: Destination, now: number): void {
    change(destination, () => {
      const { pausedUntilMs } = destination;
      if (pausedUntilMs !== null && now >= pausedUntilMs) destination.pausedUntilMs = null;
      const wasOpen = destination.breaker.state === 'OPEN';
      passTime(destination.breaker, now);
      if (!wasOpen || destination.breaker.state !== 'HALF_OPEN') return;
      destination.probedFrom = { sinceMs: now, underWay: destination.cap.inFlight };
    });
  }

  return {
    perLane: START_CAP,

    limits() {
      const now = nowMs();
      return [...all.values()].flatMap((destination) => {
        pass(destination, now);
        if (isForgettable(destination, now)) all.delete(destination.destinationId);
        const room = roomOf(destination);
        if (room <= 0) destination.isFull = true;
        const { affiliateId, destinationId, perSecond } = destination;
        const limit = { group: affiliateId, lane: destinationId, room };
        if (perSecond !== null) return { ...limit, perSecond };
        return room === START_CAP ? [] : limit;
      });
    },

    claimed(ref) {
      const destination = find(ref);
      destination.usedAtMs = nowMs();
      destination.cap.inFlight += 1;
      if (destination.breaker.state === 'HALF_OPEN') destination.breaker.round.started += 1;
      if (roomOf(destination) <= 0) destination.isFull = true;
    },

    done(ref) {
      const destination = find(ref);
      const { cap, breaker } = destination;
      cap.inFlight -= 1;
      const { round } = breaker;
      // Probes that came to nothing (cancelled meanwhile, given back) leave their places to others.
      if (cap.inFlight === 0 && round.started > round.succeeded) round.started = round.succeeded;
      // Also when the answer before it made the room: by raising the cap, or by the round of probes it ended.
      const opens = destination.isFull && roomOf(destination) > 0;
      if (opens) destination.isFull = false;
      return opens;
    },

    isHeld(destinationId) {
      const destination = all.get(destinationId);
      return destination !== undefined && isHeld(destination);
    },

    answered(ref, result) {
      const { statusCode, errorKind, retryAfterSeconds } = result;
      if (errorKind !== null && SAYS_NOTHING.has(errorKind)) return;
      const destination = find(ref);
      const now = nowMs();
      adapt(destination.cap, result, now);
      const failed = isFailure(result);
      if (failed) destination.lastFailure = errorKind ?? `HTTP_${statusCode}`;
      change(destination, () => {
        const isOld = isOfBefore(destination, now - result.durationMs);
        if (statusCode !== 429 && !isOld) record(destination.breaker, failed, now, random);
        if (retryAfterSeconds === null || retryAfterSeconds <= 0 || !mayAskForPause(statusCode))
          return;
        const pauseMs = Math.min(retryAfterSeconds, RETRY_AFTER_CAP_SECONDS) * 1000;
        destination.pausedUntilMs = Math.max(destination.pausedUntilMs ?? 0, now + pauseMs);
      });
    },

    learn(rows, known = () => true) {
      const now = nowMs();
      const told = new Map(rows.map((row) => [row.destinationId, row]));
      for (const row of rows) find(row).perSecond = row.perSecond;
      for (const destination of all.values()) {
        const row = told.get(destination.destinationId);
        if (!row) destination.perSecond = null;
        if (known(destination.destinationId)) takeOver(destination, row, now);
      }
    },

    get held() {
      const now = nowMs();
      return [...all.values()]
        .filter((destination) => holdOf(destination, now).heldForMs !== null)
        .map(({ affiliateId, destinationId }) => ({ affiliateId, destinationId }));
    },
  };
}

function holdOf(
  { breaker, pausedUntilMs, lastFailure }: Destination,
  now: number,
): DestinationHold {
  const { state, openUntilMs, trips } = breaker;
  const left = (untilMs: number) => Math.max(0, untilMs - now);
  if (state !== 'CLOSED') {
    const heldForMs = Math.max(left(openUntilMs), left(pausedUntilMs ?? 0));
    return { breaker: state, heldForMs, heldReason: 'FAILING', trips, lastFailure };
  }
  if (pausedUntilMs === null) {
    return { breaker: state, heldForMs: null, heldReason: null, trips, lastFailure };
  }
  const heldForMs = left(pausedUntilMs);
  return { breaker: state, heldForMs, heldReason: 'RETRY_AFTER', trips, lastFailure };
}

/** Whether a call was made before the probes began, and says as little as it would have while open. */
function isOfBefore({ breaker, probedFrom }: Destination, beganAtMs: number): boolean {
  const isOld = probedFrom.underWay > 0 && beganAtMs < probedFrom.sinceMs;
  if (breaker.state !== 'HALF_OPEN' || !isOld) return false;
  probedFrom.underWay -= 1;
  return true;
}

function isHeld({ breaker, pausedUntilMs }: Destination): boolean {
  return pausedUntilMs !== null || breaker.state === 'OPEN';
}

function roomOf(destination: Destination): number {
  const { breaker, cap } = destination;
  if (isHeld(destination)) return 0;
  if (breaker.state === 'HALF_OPEN') return breaker.round.size - breaker.round.started;
  return roomIn(cap);
}

function isForgettable(destination: Destination, now: number): boolean {
  const { breaker, cap, pausedUntilMs, perSecond, usedAtMs } = destination;
  const isIdle = cap.inFlight === 0 && now - usedAtMs > FORGET_MS;
  return isIdle && breaker.state === 'CLOSED' && pausedUntilMs === null && perSecond === null;
}

/** 2xx, 3xx and most 4xx come from a living receiver; a 429 is neither (see `answered`). */
function isFailure({ statusCode, errorKind }: CallResult): boolean {
  if (errorKind !== null) return true;
  return statusCode === 408 || statusCode === 425 || (statusCode !== null && statusCode >= 500);
}

function mayAskForPause(statusCode: number | null): boolean {
  return statusCode === 429 || statusCode === 408 || statusCode === 425 || (statusCode ?? 0) >= 500;
}

/** The database is the truth between workers; `row` undefined: it holds nothing of this destination. */
function takeOver(destination: Destination, row: DestinationRow | undefined, now: number): void {
  const { breaker } = destination;
  if (!row || row.heldForMs === null) {
    if (breaker.state !== 'CLOSED') destination.breaker = closedBreaker();
    destination.pausedUntilMs = null;
    return;
  }
  const untilMs = now + Math.max(0, row.heldForMs);
  destination.lastFailure ??= row.lastFailure;
  if (row.heldReason === 'RETRY_AFTER') {
    destination.pausedUntilMs = untilMs;
    if (breaker.state !== 'CLOSED') destination.breaker = closedBreaker();
    return;
  }
  // Whoever probes already goes on, unless another one's probe failed meanwhile.
  if (breaker.state === 'HALF_OPEN' && row.heldForMs <= 0) return;
  destination.breaker = {
    ...closedBreaker(),
    state: 'OPEN',
    openUntilMs: untilMs,
    trips: row.trips,
  };
}
