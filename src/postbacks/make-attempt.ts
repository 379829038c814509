import type { Clock } from '../platform/clock.ts';
import type { ReachFaultPoint } from '../platform/fault-point.ts';
import type { Report } from '../platform/report.ts';
import type { Outcome } from '../store/outcomes.ts';
import type { LoadedPostback } from '../store/postbacks.ts';
import { outgoingHeaders, signedPayload } from './headers.ts';
import { renderPostback } from './render-postback.ts';
import { nextStep } from './retry.ts';
import type { SendRequest, SendResult } from './send.ts';

export type AttemptDeps = {
  /** Null when the call was withdrawn before it was written. */
  send: (request: SendRequest) => Promise<SendResult | null>;
  /** The secrets of a signed postback, newest first. Throws when one does not open. */
  openSecrets: (pixelId: string, sealed: readonly string[]) => string[];
  /** Tells how a destination answered; test fires say nothing of it. */
  answered: (postback: LoadedPostback, result: SendResult) => void;
  clock: Clock;
  reach: ReachFaultPoint;
  random: () => number;
  /** Names an outcome. */
  makeId: () => string;
  version: string;
  report: Pick<Report, 'loopFailed'>;
};

/** What an attempt asks whoever wants it made. */
export type MayCall = {
  /** Before it is rendered: what a worker may die over begins here. */
  start: () => boolean | Promise<boolean>;
  /** When it is about to be written to its socket, which may be long after. */
  write: () => boolean;
};

/**
 * Deaths of workers that had a postback in hand, in a row, until it is fired no more (delivery.md b5).
 * After the last but one it is fired alone among suspects, so that the third death convicts the culprit
 * and not whoever was beside it.
 */
export const CRASHES_UNTIL_QUARANTINE = 3;

/**
 * Renders, sends and decides what comes of it. `waits` when no attempt can be made now; `back` when none is
 * wanted any more.
 */
export async function makeAttempt(
  deps: AttemptDeps,
  postback: LoadedPostback,
  mayCall: MayCall,
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
  if (!(await mayCall.start())) return 'back';
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
    mayWrite: mayCall.write,
  });
  if (result === null) return 'back';
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
function secretsOrNull(deps: AttemptDeps, postback: LoadedPostback): string[] | null {
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
  { report }: AttemptDeps,
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
