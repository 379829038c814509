import type { Clock } from '../platform/clock.ts';
import type { Coalescer } from '../platform/coalescer.ts';
import type { ReachFaultPoint } from '../platform/fault-point.ts';
import type { Report } from '../platform/report.ts';
import type { Claim } from '../queue/claim-due.ts';
import type { NextTime } from '../queue/delayed-queue.ts';
import type { Finished, Outcome } from '../store/outcomes.ts';
import type { LoadedPostback } from '../store/postbacks.ts';
import { outgoingHeaders, signedPayload } from './headers.ts';
import { HORIZON_MS } from './reconcile.ts';
import { renderPostback } from './render-postback.ts';
import { nextStep } from './retry.ts';
import type { SendRequest, SendResult } from './send.ts';
import { createSingleFile } from './single-file.ts';

/**
 * A leased id, as the queue hands it out, and one object for as long as it is in hand: whoever renews its
 * lease changes `leaseScore` and `leasedAtMs`.
 */
export type Claimed = Claim & {
  /** When its lease was asked for, by the monotonic clock. */
  leasedAtMs: number;
  /** Whether it is on its way out of the queue, or to its next time: then its lease is left alone. */
  leaves?: boolean;
};

type Deps = {
  /**
   * Loads a postback that is still open, batched by the caller.
   * @param crashed whether whoever had it before died
   */
  load: (id: string, crashed: boolean) => Promise<LoadedPostback | undefined>;
  /** Writes down that a suspect is about to be fired, before it is; or that it is not, after all. */
  suspect: (id: string, isFired: boolean) => Promise<void>;
  finish: Pick<Coalescer<Outcome, Finished>, 'add'>;
  send: (request: SendRequest) => Promise<SendResult>;
  /** The secrets of a signed postback, newest first. Throws when one does not open. */
  openSecrets: (pixelId: string, sealed: readonly string[]) => string[];
  /** Tells how a destination answered; test fires say nothing of it. */
  answered: (postback: LoadedPostback, result: SendResult) => void;
  /** Takes a finished id out of the queue, batched by the caller. */
  complete: (claim: Claimed) => Promise<unknown>;
  /** Gives a leased id its next time, batched by the caller. */
  reschedule: (claim: Claimed, next: NextTime) => Promise<unknown>;
  /** Gives back a leased id that was not started: due as it was. */
  giveBack: (claim: Claimed) => Promise<unknown>;
  /** Tells the live stream that attempts were committed. Never throws. */
  announce: () => void;
  clock: Clock;
  /** Milliseconds that only ever grow: by them a claim gets old. */
  monotonicMs: () => number;
  /** A lease that is older does not cover a call any more. */
  maxLeaseAgeMs: number;
  reach: ReachFaultPoint;
  random: () => number;
  /** Names an outcome. */
  makeId: () => string;
  version: string;
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

/**
 * Deaths of workers that had a postback in hand, in a row, until it is fired no more (delivery.md b5).
 * After the last but one it is fired alone among suspects, so that the third death convicts the culprit
 * and not whoever was beside it.
 */
export const CRASHES_UNTIL_QUARANTINE = 3;

/** Suspects wait for the one before so many at a time, and so long; then, and all others, as long elsewhere. */
const SUSPECTS_IN_LINE = 8;
const SUSPECT_WAIT_MS = 1_000;

/** A postback that has to wait for its encryption key is looked at this often. */
const SECRET_WAIT_MS = 20_000;

/** What becomes of a claimed id: gone from the queue, back to its place in it, or due at another time. */
type Fate = 'gone' | 'back' | NextTime;

/**
 * One attempt: load and fence, render, send, decide, record, and only then release in Redis and
 * announce. A crash between send and record is the one window for a duplicate.
 */
export function createFire(deps: Deps): Fire {
  const suspects = createSingleFile({ inLine: SUSPECTS_IN_LINE, patienceMs: SUSPECT_WAIT_MS });

  async function decideFate(
    loaded: LoadedPostback | undefined,
    mayStart: () => boolean,
  ): Promise<Fate> {
    // Finished, cancelled or unknown: Redis remembered more than there is.
    if (!loaded) return 'gone';
    // Redis' clock is ahead of PostgreSQL's: given PostgreSQL's time the id would be due at once.
    const { notBeforeMs } = loaded;
    if (notBeforeMs > 0) return unlessBeyond(notBeforeMs, { delayMs: notBeforeMs });
    if (!mayStart()) return 'back';
    const isSuspect = loaded.crashes === CRASHES_UNTIL_QUARANTINE - 1;
    return isSuspect ? fireAlone(loaded, mayStart) : attempt(deps, loaded);
  }

  /** One suspect after the other; whoever is no suspect goes on beside them. */
  async function fireAlone(loaded: LoadedPostback, mayStart: () => boolean): Promise<Fate> {
    if (!(await suspects.enter())) return { delayMs: SUSPECT_WAIT_MS };
    try {
      return await attempt(deps, loaded, async () => {
        if (!mayStart()) return false;
        await deps.suspect(loaded.id, true);
        if (mayStart()) return true;
        await deps.suspect(loaded.id, false);
        return false;
      });
    } finally {
      suspects.leave();
    }
  }

  /** Whether the lease covers a call, and the worker and the destination still want it. */
  function mayStillStart(claim: Claimed, on: FireEvents): boolean {
    const ageMs = Math.round(deps.monotonicMs() - claim.leasedAtMs);
    if (ageMs <= deps.maxLeaseAgeMs) return on.mayStart(claim);
    const tooOld = new Error(`postback ${claim.id} was leased ${ageMs} ms ago: given back`);
    deps.report.loopFailed('send a postback within its lease', tooOld);
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
            const mayStart = () => mayStillStart(claim, on);
            await release(claim, await decideFate(loaded[at], mayStart));
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
      if (loaded) await attempt(deps, loaded);
    },
  };
}

/** The queue holds what is due soon; what is due later the loader brings back in time. */
function unlessBeyond(inMs: number, next: NextTime): Fate {
  return inMs > HORIZON_MS ? 'gone' : next;
}

/**
 * Makes an attempt and records what came of it.
 * @param mayCall asked just before the call is made
 */
async function attempt(
  deps: Deps,
  postback: LoadedPostback,
  mayCall = async () => true,
): Promise<Fate> {
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

/** `waits` when no attempt can be made now; `back` when none is wanted any more. */
async function makeAttempt(
  deps: Deps,
  postback: LoadedPostback,
  mayCall: () => Promise<boolean>,
): Promise<Outcome | 'waits' | 'back'> {
  const { id: postbackId, attemptsMade } = postback;
  const named = { id: deps.makeId(), postbackId, attemptsBefore: attemptsMade };
  const decided = { ...named, retryInMs: null, attempt: null };
  // The pixel's status counts at the time of firing (domain rule 31). A test fire ignores it, and a pixel
  // whose next version waits for approval owes what it was planned with: that one was approved.
  if (!postback.test && STOPS.has(postback.pixelStatus)) {
    return { ...decided, state: 'CANCELLED', reason: `PIXEL_${postback.pixelStatus}` };
  }
  if (postback.crashes >= CRASHES_UNTIL_QUARANTINE) {
    return { ...decided, state: 'FAILED', reason: 'QUARANTINED' };
  }
  const secrets = secretsOrNull(deps, postback);
  if (secrets === null) {
    // An unsigned call would be refused, and giving up would lose it: it waits for its key. Nobody
    // waits for a test fire, so that one says at once what is wrong.
    return postback.test ? { ...decided, state: 'FAILED', reason: 'SECRET_UNREADABLE' } : 'waits';
  }
  // Before it is rendered: what a worker may die over begins here.
  if (!(await mayCall())) return 'back';
  const startedAt = deps.clock.now();
  const rendering = renderOrNull(deps, postback, startedAt, secrets[0] ?? null);
  if (rendering === null) return { ...decided, state: 'FAILED', reason: 'TEMPLATE_FAULT' };
  if (rendering.kind === 'skipped') {
    return { ...decided, state: 'SKIPPED', reason: rendering.reason };
  }
  const number = attemptsMade + 1;
  const { finalUrl, body, kept } = rendering;
  deps.reach('before-send', finalUrl);
  const result = await deps.send({
    url: finalUrl,
    method: postback.method,
    headers: {
      ...outgoingHeaders({
        postbackId,
        attempt: number,
        now: startedAt,
        version: deps.version,
        secrets,
        payload: signedPayload({ method: postback.method, finalUrl, body: body?.text ?? null }),
      }),
      ...(body && { 'content-type': body.contentType }),
    },
    ...(body && { body: body.text }),
  });
  if (!postback.test) deps.answered(postback, result);
  const { maxAttempts } = postback;
  const step = nextStep({ outcome: result, attempt: number, maxAttempts, random: deps.random });
  const { durationMs, statusCode, errorKind, message, responseBody } = result;
  return {
    ...named,
    state: STATE_AFTER[step.kind],
    reason: step.kind === 'delivered' ? null : step.reason,
    retryInMs: step.kind === 'retry' ? step.delayMs : null,
    attempt: {
      ...{ startedAt, durationMs, finalUrl, statusCode, errorKind, message, responseBody },
      kept: kept.length > 0 ? kept : null,
    },
  };
}

/** All that are in force, for whichever of them the receiver knows; null when one is missing. */
function secretsOrNull(deps: Deps, postback: LoadedPostback): string[] | null {
  const { id, pixelId, signed, sealedSecrets } = postback;
  if (!signed) return [];
  try {
    if (sealedSecrets.length === 0) throw new Error('the signed pixel has no secret in force');
    return deps.openSecrets(pixelId, sealedSecrets);
  } catch (thrown) {
    deps.report.loopFailed('open a signing secret', thrown, { postbackId: id, pixelId });
    return null;
  }
}

const STOPS: ReadonlySet<string> = new Set(['PAUSED', 'DELETED']);

/** Null when rendering throws: that is no better at the next attempt, so there is none. */
function renderOrNull(
  { report }: Deps,
  postback: LoadedPostback,
  fireTime: Date,
  secret: string | null,
) {
  try {
    return renderPostback(postback, fireTime, secret);
  } catch (thrown) {
    report.loopFailed('render postback', thrown, { postbackId: postback.id });
    return null;
  }
}

const STATE_AFTER = { delivered: 'DELIVERED', retry: 'OPEN', failed: 'FAILED' } as const;
