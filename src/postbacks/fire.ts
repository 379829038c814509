import type { Clock } from '../platform/clock.ts';
import type { Coalescer } from '../platform/coalescer.ts';
import type { ReachFaultPoint } from '../platform/fault-point.ts';
import type { Report } from '../platform/report.ts';
import type { LeasedItem } from '../queue/claim-due.ts';
import type { NextTime } from '../queue/delayed-queue.ts';
import type { Finished, LoadedPostback, Outcome } from '../store/postbacks.ts';
import { outgoingHeaders, signedPayload } from './headers.ts';
import { renderPostback } from './render-postback.ts';
import { nextStep } from './retry.ts';
import type { SendRequest, SendResult } from './send.ts';

/** A leased id, as the queue hands it out; whoever renews its lease changes the last two. */
export type Claimed = LeasedItem & {
  /** Whether its lease ran out before: whoever had it died. */
  expired: boolean;
  /** When its lease was asked for, by the monotonic clock. */
  leasedAtMs: number;
};

type Deps = {
  load: (ids: string[], crashed: string[]) => Promise<LoadedPostback[]>;
  /** Writes down that a suspect is about to be fired, before it is. */
  suspect: (id: string) => Promise<void>;
  finish: Pick<Coalescer<Outcome, Finished>, 'add'>;
  send: (request: SendRequest) => Promise<SendResult>;
  /** The secrets of a signed postback, newest first. Throws when one does not open. */
  openSecrets: (pixelId: string, sealed: readonly string[]) => string[];
  /** Tells how a destination answered; test fires say nothing of it. */
  answered: (postback: LoadedPostback, result: SendResult) => void;
  /** Takes a finished id out of the queue, batched by the caller. */
  complete: (claim: Claimed) => Promise<unknown>;
  /** Gives a leased id its next time, batched by the caller. */
  reschedule: (claim: Claimed & NextTime) => Promise<unknown>;
  /** Gives back a leased id that was not started: due now. */
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
  /** Whether calls may still be started; what is not started is given back. */
  mayStart: () => boolean;
};

/**
 * Deaths of workers that had a postback in hand, in a row, until it is fired no more (delivery.md b5).
 * After the last but one it is fired alone among suspects, so that the third death convicts the culprit
 * and not whoever was beside it.
 */
export const CRASHES_UNTIL_QUARANTINE = 3;

/** A postback that has to wait for its encryption key is looked at this often. */
const SECRET_WAIT_MS = 20_000;

/**
 * One attempt: load and fence, render, send, decide, record, and only then release in Redis and
 * announce. A crash between send and record is the one window for a duplicate.
 */
export function createFire(deps: Deps): Fire {
  let suspects: Promise<unknown> = Promise.resolve();

  /** One suspect after the other; whoever is no suspect goes on beside them. */
  function alone(postback: LoadedPostback): Promise<Finished | null> {
    const turn = suspects.then(async () => {
      await deps.suspect(postback.id);
      return attempt(deps, postback);
    });
    suspects = turn.catch(() => {});
    return turn;
  }

  async function settle(
    claim: Claimed,
    loaded: LoadedPostback | undefined,
    mayStart: () => boolean,
  ): Promise<void> {
    // Finished, cancelled or unknown: Redis remembered more than there is.
    if (!loaded) return release(claim, null);
    // Redis' clock is ahead of PostgreSQL's: given PostgreSQL's time the id would be due at once.
    if (loaded.notBeforeMs > 0) return release(claim, { delayMs: loaded.notBeforeMs });
    const ageMs = Math.round(deps.monotonicMs() - claim.leasedAtMs);
    if (ageMs > deps.maxLeaseAgeMs) {
      const tooOld = new Error(`postback ${claim.id} was leased ${ageMs} ms ago: given back`);
      deps.report.loopFailed('send a postback within its lease', tooOld);
    }
    if (ageMs > deps.maxLeaseAgeMs || !mayStart()) {
      await deps.giveBack(claim);
      return;
    }
    const isSuspect = loaded.crashes === CRASHES_UNTIL_QUARANTINE - 1;
    const finished = isSuspect ? await alone(loaded) : await attempt(deps, loaded);
    if (finished === null) return release(claim, { delayMs: SECRET_WAIT_MS });
    const dueAtMs = finished.nextAttemptAtMs;
    await release(claim, dueAtMs === null ? null : { dueAtMs });
    deps.reach('after-release');
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
    async fireClaims(claims, on) {
      const idsOf = (some: Claimed[]) => some.map(({ id }) => id);
      const crashed = idsOf(claims.filter(({ expired }) => expired));
      const loaded = await deps.load(idsOf(claims), crashed);
      const rows = new Map(loaded.map((row) => [row.id, row]));
      await Promise.all(
        claims.map(async (claim) => {
          // What fails here (a database that does not answer) keeps its lease and comes again.
          await settle(claim, rows.get(claim.id), on.mayStart).catch((thrown: unknown) =>
            deps.report.postbackDropped(claim.id, thrown),
          );
          on.done(claim);
        }),
      );
    },
    async fireNow(id) {
      const [loaded] = await deps.load([id], []);
      if (loaded) await attempt(deps, loaded);
    },
  };
}

/** Null when no attempt can be made now, and the postback has to wait. */
async function attempt(deps: Deps, postback: LoadedPostback): Promise<Finished | null> {
  const outcome = await makeAttempt(deps, postback);
  if (outcome === null) return null;
  deps.reach('after-send', outcome.attempt?.finalUrl);
  const finished = await deps.finish.add(outcome);
  deps.reach('after-record');
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
  if (postback.crashes >= CRASHES_UNTIL_QUARANTINE) {
    return { ...decided, state: 'FAILED', reason: 'QUARANTINED' };
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
  const { finalUrl, body, kept } = rendering;
  deps.reach('before-send', finalUrl);
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
  if (!postback.test) deps.answered(postback, result);
  const { maxAttempts } = postback;
  const step = nextStep({ outcome: result, attempt: number, maxAttempts, random: deps.random });
  const { durationMs, statusCode, errorKind, message, responseBody } = result;
  return {
    postbackId: id,
    attemptsBefore: attemptsMade,
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
