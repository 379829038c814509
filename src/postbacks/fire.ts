import type { Clock } from '../platform/clock.ts';
import type { Coalescer } from '../platform/coalescer.ts';
import type { Report } from '../platform/report.ts';
import type { NextTime } from '../queue/delayed-queue.ts';
import type { Finished, LoadedPostback, Outcome } from '../store/postbacks.ts';
import { outgoingHeaders, signedPayload } from './headers.ts';
import { renderPostback } from './render-postback.ts';
import { nextStep } from './retry.ts';
import type { SendRequest, SendResult } from './send.ts';

/** A leased id, as the queue hands it out. */
export type Claimed = { id: string; group: string; leaseScore: number };

type Deps = {
  load: (ids: string[]) => Promise<LoadedPostback[]>;
  finish: Pick<Coalescer<Outcome, Finished>, 'add'>;
  send: (request: SendRequest) => Promise<SendResult>;
  /** The secrets of a signed postback, newest first. Throws when one does not open. */
  openSecrets: (pixelId: string, sealed: readonly string[]) => string[];
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
    if (finished === null) return;
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

/** Null when no attempt can be made now and the lease is to bring the postback back. */
async function attempt(deps: Deps, postback: LoadedPostback): Promise<Finished | null> {
  const outcome = await makeAttempt(deps, postback);
  if (outcome === null) return null;
  const finished = await deps.finish.add(outcome);
  if (outcome.attempt) deps.announce();
  deps.report.postbackAttempted(postback, outcome, finished);
  return finished;
}

async function makeAttempt(deps: Deps, postback: LoadedPostback): Promise<Outcome | null> {
  const { id, attemptsMade } = postback;
  const decided = { postbackId: id, attemptsBefore: attemptsMade, retryInMs: null, attempt: null };
  // The pixel's status counts at the time of firing (domain rule 31). A test fire ignores it, and a pixel
  // whose next version waits for approval owes what it was planned with: that one was approved.
  if (!postback.test && STOPS.has(postback.pixelStatus)) {
    return { ...decided, state: 'CANCELLED', reason: `PIXEL_${postback.pixelStatus}` };
  }
  const secrets = secretsOrNull(deps, postback);
  if (secrets === null) {
    // An unsigned call would be refused, and giving up would lose it: it waits for its key. Nobody
    // waits for a test fire, so that one says at once what is wrong.
    return postback.test ? { ...decided, state: 'FAILED', reason: 'SECRET_UNREADABLE' } : null;
  }
  const startedAt = deps.clock.now();
  const rendering = renderOrNull(deps, postback, startedAt, secrets[0] ?? null);
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
        secrets,
        payload: signedPayload({ method: postback.method, finalUrl, body: body?.text ?? null }),
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
