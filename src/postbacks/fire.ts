import type { Coalescer } from '../platform/coalescer.ts';
import type { Report } from '../platform/report.ts';
import type { Claim } from '../queue/claim-due.ts';
import type { NextTime } from '../queue/delayed-queue.ts';
import type { Finished, Outcome } from '../store/outcomes.ts';
import type { LoadedPostback } from '../store/postbacks.ts';
import {
  type AttemptDeps,
  CRASHES_UNTIL_QUARANTINE,
  type MayCall,
  makeAttempt,
} from './make-attempt.ts';
import { HORIZON_MS } from './reconcile.ts';
import { createSingleFile } from './single-file.ts';

/**
 * A leased id, as the queue hands it out, and one object for as long as it is in hand: whoever renews its
 * lease changes `leaseScore`, `leasedAtMs` and `hasLapsed`.
 */
export type Claimed = Claim & {
  /** When its lease was asked for, by the monotonic clock. */
  leasedAtMs: number;
  /** Whether its lease was over before it was renewed: somebody else may have made its call in between. */
  hasLapsed?: boolean;
  /** Whether it is on its way out of the queue, or to its next time: then its lease is left alone. */
  leaves?: boolean;
};

type Deps = AttemptDeps & {
  /**
   * Loads a postback that is still open, batched by the caller.
   * @param crashed whether whoever had it before died
   */
  load: (id: string, crashed: boolean) => Promise<LoadedPostback | undefined>;
  /** Writes down that a suspect is about to be fired, before it is; or that it is not, after all. */
  suspect: (id: string, isFired: boolean) => Promise<void>;
  finish: Pick<Coalescer<Outcome, Finished>, 'add'>;
  /** Takes a finished id out of the queue, batched by the caller. */
  complete: (claim: Claimed) => Promise<unknown>;
  /** Gives a leased id its next time, batched by the caller. */
  reschedule: (claim: Claimed, next: NextTime) => Promise<unknown>;
  /** Gives back a leased id that was not started: due as it was. */
  giveBack: (claim: Claimed) => Promise<unknown>;
  /** Tells the live stream that attempts were committed. Never throws. */
  announce: () => void;
  /** Milliseconds that only ever grow: by them a claim gets old. */
  monotonicMs: () => number;
  /** A lease that is older does not cover a call any more. */
  maxLeaseAgeMs: number;
  report: Pick<Report, 'postbackAttempted' | 'postbackDropped' | 'loopFailed'>;
};

export type Fire = {
  /** Fires a claimed batch. Rejects, with none of them started, when it cannot be loaded. */
  fireClaims(claims: Claimed[], on: FireEvents): Promise<void>;
  /** Makes the next attempt of one open postback at once, outside the queue. */
  fireNow(id: string): Promise<void>;
};

export type FireEvents = {
  /** Called once per claim when its outcome is on disk, or when it was given back. */
  done: (claim: Claimed) => void;
  /** Whether its call may still be started; what is not started is given back. */
  mayStart: (claim: Claimed) => boolean;
};

/** Suspects wait for the one before so many at a time, and so long; then, and all others, as long elsewhere. */
const SUSPECTS_IN_LINE = 8;
const SUSPECT_WAIT_MS = 1_000;

/** A postback that has to wait for its encryption key is looked at this often. */
const SECRET_WAIT_MS = 20_000;

/** What becomes of a claimed id: gone from the queue, back to its place in it, or due at another time. */
type Fate = 'gone' | 'back' | NextTime;

/** Whether a claim may be called, asked when its call is started and again when it is written. */
type May = { start: () => boolean; write: () => boolean };

/** As a test fire is, which nobody else can have in hand. */
const FREELY: MayCall = { start: () => true, write: () => true };

/**
 * One attempt: load and fence, render, send, decide, record, and only then release in Redis and
 * announce. A crash between send and record is the one window for a duplicate.
 */
export function createFire(deps: Deps): Fire {
  const suspects = createSingleFile({ inLine: SUSPECTS_IN_LINE, patienceMs: SUSPECT_WAIT_MS });

  async function decideFate(loaded: LoadedPostback | undefined, may: May): Promise<Fate> {
    // Finished, cancelled or unknown: Redis remembered more than there is.
    if (!loaded) return 'gone';
    // Redis' clock is ahead of PostgreSQL's: given PostgreSQL's time the id would be due at once.
    const { notBeforeMs } = loaded;
    if (notBeforeMs > 0) return unlessBeyond(notBeforeMs, { delayMs: notBeforeMs });
    if (!may.start()) return 'back';
    const isSuspect = loaded.crashes === CRASHES_UNTIL_QUARANTINE - 1;
    return isSuspect
      ? fireAlone(loaded, may)
      : attempt(deps, loaded, { ...FREELY, write: may.write });
  }

  /** One suspect after the other; whoever is no suspect goes on beside them. */
  async function fireAlone(loaded: LoadedPostback, may: May): Promise<Fate> {
    if (!(await suspects.enter())) return { delayMs: SUSPECT_WAIT_MS };
    let isSuspected = false;
    async function start(): Promise<boolean> {
      if (!may.start()) return false;
      await deps.suspect(loaded.id, true);
      isSuspected = true;
      return may.start();
    }
    try {
      const fate = await attempt(deps, loaded, { start, write: may.write });
      if (fate === 'back' && isSuspected) await deps.suspect(loaded.id, false);
      return fate;
    } finally {
      suspects.leave();
    }
  }

  /** Whether its lease covers a call, and nobody else can have had it meanwhile. */
  function isCovered({ id, leasedAtMs, hasLapsed }: Claimed): boolean {
    const ageMs = Math.round(deps.monotonicMs() - leasedAtMs);
    if (ageMs <= deps.maxLeaseAgeMs && !hasLapsed) return true;
    const since = hasLapsed ? 'its lease was over before it was renewed' : `leased ${ageMs} ms ago`;
    const tooLate = new Error(`postback ${id} is given back: ${since}`);
    deps.report.loopFailed('send a postback within its lease', tooLate);
    return false;
  }

  /** The outcome is on disk: what Redis does not hear of is fenced by the next load. */
  async function release(claim: Claimed, fate: Fate): Promise<void> {
    claim.leaves = true;
    try {
      if (fate === 'gone') await deps.complete(claim);
      else if (fate === 'back') await deps.giveBack(claim);
      else await deps.reschedule(claim, fate);
      deps.reach('after-release');
    } catch (thrown) {
      deps.report.loopFailed('release postback in Redis', thrown, { postbackId: claim.id });
    }
  }

  return {
    async fireClaims(claims, on) {
      const loading = claims.map(({ id, expired }) => deps.load(id, expired));
      // They may be of two batches: while one of them still counts deaths, none is given back.
      await Promise.allSettled(loading);
      const loaded = await Promise.all(loading);
      await Promise.all(
        claims.map(async (claim, at) => {
          try {
            const write = () => isCovered(claim);
            const start = () => write() && on.mayStart(claim);
            await release(claim, await decideFate(loaded[at], { start, write }));
          } catch (thrown) {
            // What fails here (a database that does not answer) keeps its lease and comes again.
            deps.report.postbackDropped(claim.id, thrown);
          }
          on.done(claim);
        }),
      );
    },
    async fireNow(id) {
      const loaded = await deps.load(id, false);
      if (loaded) await attempt(deps, loaded, FREELY);
    },
  };
}

/** The queue holds what is due soon; what is due later the loader brings back in time. */
function unlessBeyond(inMs: number, next: NextTime): Fate {
  return inMs > HORIZON_MS ? 'gone' : next;
}

/** Makes an attempt and records what came of it. */
async function attempt(deps: Deps, postback: LoadedPostback, mayCall: MayCall): Promise<Fate> {
  const outcome = await makeAttempt(deps, postback, mayCall);
  if (outcome === 'back') return 'back';
  if (outcome === 'waits') return { delayMs: SECRET_WAIT_MS };
  deps.reach('after-send', outcome.attempt?.finalUrl);
  const finished = await deps.finish.add(outcome);
  deps.reach('after-record');
  if (outcome.attempt) deps.announce();
  deps.report.postbackAttempted(postback, outcome, finished);
  const { nextAttemptAtMs, nextAttemptInMs } = finished;
  if (nextAttemptAtMs === null) return 'gone';
  return unlessBeyond(nextAttemptInMs ?? 0, { dueAtMs: nextAttemptAtMs });
}
