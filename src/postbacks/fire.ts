import type { Clock } from '../platform/clock.ts';
import type { Coalescer } from '../platform/coalescer.ts';
import type { Report } from '../platform/report.ts';
import type { NextTime } from '../queue/delayed-queue.ts';
import type { Finished, LoadedPostback, Outcome } from '../store/postbacks.ts';
import { outgoingHeaders } from './headers.ts';
import { renderPostback } from './render-postback.ts';
import { nextStep } from './retry.ts';
import type { SendRequest, SendResult } from './send.ts';

/** A leased id, as the queue hands it out. */
export type Claimed = { id: string; group: string; leaseScore: number };

type Deps = {
  load: (ids: string[]) => Promise<LoadedPostback[]>;
  finish: Pick<Coalescer<Outcome, Finished>, 'add'>;
  send: (request: SendRequest) => Promise<SendResult>;
  /** Takes a finished id out of the queue, batched by the caller. */
  complete: (claim: Claimed) => Promise<unknown>;
  /** Gives a leased id its next time, batched by the caller. */
  reschedule: (claim: Claimed & NextTime) => Promise<unknown>;
  /** Tells the live stream that attempts were committed. Never throws. */
  announce: () => void;
  clock: Clock;
  /** Milliseconds that only ever grow: by them a claim gets old. */
  monotonicMs: () => number;
  /** A claim that is older is not sent any more, as its lease could end before the call does. */
  maxClaimAgeMs: number;
  random: () => number;
  version: string;
  report: Pick<Report, 'postbackAttempted' | 'postbackDropped' | 'loopFailed'>;
};

export type Fire = {
  /**
   * Fires a claimed batch; `onDone` is called once per claim when its outcome is on disk.
   * @param claimedAtMs by the monotonic clock, taken before the claim was asked for
   */
  fireClaims(
    claims: Claimed[],
    claimedAtMs: number,
    onDone: (claim: Claimed) => void,
  ): Promise<void>;
  /** Makes the next attempt of one open postback at once, outside the queue. */
  fireNow(id: string): Promise<void>;
};

/**
 * One attempt: load and fence, render, send, decide, record, and only then release in Redis and
 * announce. A crash between send and record is the one window for a duplicate.
 */
export function createFire(deps: Deps): Fire {
  async function settle(
    claim: Claimed,
    claimedAtMs: number,
    loaded: LoadedPostback | undefined,
  ): Promise<void> {
    // Finished, cancelled or unknown: Redis remembered more than there is.
    if (!loaded) return release(claim, null);
    // Redis' clock is ahead of PostgreSQL's: given PostgreSQL's time the id would be due at once.
    if (loaded.notBeforeMs > 0) return release(claim, { delayMs: loaded.notBeforeMs });
    const ageMs = Math.round(deps.monotonicMs() - claimedAtMs);
    if (ageMs > deps.maxClaimAgeMs) {
      const tooOld = new Error(
        `postback ${claim.id} was claimed ${ageMs} ms ago: left to its lease`,
      );
      return deps.report.loopFailed('send a postback within its lease', tooOld);
    }
    const finished = await attempt(deps, loaded);
    const dueAtMs = finished.applied ? finished.nextAttemptAtMs : null;
    await release(claim, dueAtMs === null ? null : { dueAtMs });
  }

  /** The outcome is on disk: what Redis does not hear of is fenced by the next load. */
  async function release(claim: Claimed, next: NextTime | null): Promise<void> {
    try {
      await (next ? deps.reschedule({ ...claim, ...next }) : deps.complete(claim));
    } catch (thrown) {
      deps.report.loopFailed('release postback in Redis', thrown, { postbackId: claim.id });
    }
  }

  return {
    async fireClaims(claims, claimedAtMs, onDone) {
      const rows = new Map(
        (await deps.load(claims.map(({ id }) => id))).map((row) => [row.id, row]),
      );
      await Promise.all(
        claims.map(async (claim) => {
          // What fails here (a database that does not answer) keeps its lease and comes again.
          await settle(claim, claimedAtMs, rows.get(claim.id)).catch((thrown: unknown) =>
            deps.report.postbackDropped(claim.id, thrown),
          );
          onDone(claim);
        }),
      );
    },
    async fireNow(id) {
      const [loaded] = await deps.load([id]);
      if (loaded) await attempt(deps, loaded);
    },
  };
}

async function attempt(deps: Deps, postback: LoadedPostback): Promise<Finished> {
  const outcome = await makeAttempt(deps, postback);
  const finished = await deps.finish.add(outcome);
  if (outcome.attempt) deps.announce();
  deps.report.postbackAttempted(postback, outcome, finished);
  return finished;
}

async function makeAttempt(deps: Deps, postback: LoadedPostback): Promise<Outcome> {
  const { id, attemptsMade } = postback;
  const decided = { postbackId: id, attemptsBefore: attemptsMade, retryInMs: null, attempt: null };
  // The pixel's status counts at the time of firing (domain rule 31). A test fire ignores it.
  if (!postback.test && postback.pixelStatus !== 'ACTIVE') {
    return { ...decided, state: 'CANCELLED', reason: `PIXEL_${postback.pixelStatus}` };
  }
  const startedAt = deps.clock.now();
  const rendering = renderOrNull(deps, postback, startedAt);
  if (rendering === null) return { ...decided, state: 'FAILED', reason: 'TEMPLATE_FAULT' };
  if (rendering.kind === 'skipped') {
    return { ...decided, state: 'SKIPPED', reason: rendering.reason };
  }
  const number = attemptsMade + 1;
  const { finalUrl, body } = rendering;
  const result = await deps.send({
    url: finalUrl,
    method: postback.method,
    headers: {
      ...outgoingHeaders({
        postbackId: id,
        attempt: number,
        now: startedAt,
        version: deps.version,
      }),
      ...(body && { 'content-type': body.contentType }),
    },
    ...(body && { body: body.text }),
  });
  const { maxAttempts } = postback;
  const step = nextStep({ outcome: result, attempt: number, maxAttempts, random: deps.random });
  const { durationMs, statusCode, errorKind, message, responseBody } = result;
  return {
    postbackId: id,
    attemptsBefore: attemptsMade,
    state: STATE_AFTER[step.kind],
    reason: step.kind === 'delivered' ? null : step.reason,
    retryInMs: step.kind === 'retry' ? step.delayMs : null,
    attempt: { startedAt, durationMs, finalUrl, statusCode, errorKind, message, responseBody },
  };
}

/** Null when rendering throws: that is no better at the next attempt, so there is none. */
function renderOrNull({ report }: Deps, postback: LoadedPostback, fireTime: Date) {
  try {
    return renderPostback(postback, fireTime);
  } catch (thrown) {
    report.loopFailed('render postback', thrown, { postbackId: postback.id });
    return null;
  }
}

const STATE_AFTER = { delivered: 'DELIVERED', retry: 'OPEN', failed: 'FAILED' } as const;
