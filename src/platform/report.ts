import { toError } from './failure.ts';
import { type Log, withoutQuery } from './log.ts';
import type { Metrics } from './metrics.ts';

type Attempted = { id: string; affiliateId: string; pixelId: string; notBeforeMs: number };
type Outcome = {
  state: string;
  reason: string | null;
  attemptsBefore: number;
  attempt: {
    durationMs: number;
    finalUrl: string;
    statusCode: number | null;
    errorKind: string | null;
  } | null;
};

/** One function per business event: one wide log line and its counters. Ids only, no URLs' queries. */
export type Report = ReturnType<typeof createReport>;

export function createReport(log: Log, metrics: Metrics) {
  function fault(what: string, thrown: unknown, facts: object = {}): void {
    metrics.faults.inc({ what });
    log.error({ ...facts, err: toError(thrown) }, `${what} failed`);
  }

  return {
    eventRecorded({ eventId, duplicate }: { eventId: string; duplicate: boolean }): void {
      metrics.events.inc({ outcome: duplicate ? 'duplicate' : 'recorded' });
      log.info({ eventId, duplicate }, 'event.recorded');
    },

    eventsUploaded(facts: object): void {
      log.info(facts, 'events.uploaded');
    },

    /** Counted and not told at length: a refusal must cost less than what it refuses. */
    rateLimited(bucket: string): void {
      metrics.rateLimited.inc({ bucket });
      log.debug({ bucket }, 'rate.limited');
    },

    clickAnswered(outcome: 'redirected' | 'bot' | 'refused' | 'lost', facts: object): void {
      metrics.clicks.inc({ outcome });
      log.info(facts, `click.${outcome}`);
    },

    clickSpooled(clickId: string, thrown: unknown): void {
      metrics.faults.inc({ what: 'store click' });
      log.warn({ clickId, err: toError(thrown) }, 'click.spooled');
    },

    postbackAttempted(postback: Attempted, outcome: Outcome, done: { applied: boolean }): void {
      const state = done.applied ? outcome.state : 'SUPERSEDED';
      const { attempt } = outcome;
      metrics.attempts.inc({ state });
      if (attempt && outcome.attemptsBefore > 0) metrics.retries.inc();
      if (attempt) {
        metrics.attemptSeconds.observe(attempt.durationMs / 1000);
        metrics.lateness.observe(Math.max(0, -postback.notBeforeMs) / 1000);
      }
      log.info(
        {
          postbackId: postback.id,
          affiliateId: postback.affiliateId,
          pixelId: postback.pixelId,
          state,
          reason: outcome.reason,
          target: attempt && withoutQuery(attempt.finalUrl),
          statusCode: attempt?.statusCode,
          errorKind: attempt?.errorKind,
          durationMs: attempt?.durationMs,
          latenessMs: Math.max(0, -postback.notBeforeMs),
        },
        'postback.attempted',
      );
    },

    /** An outcome that could not be recorded: the lease brings the postback back. */
    postbackDropped(postbackId: string, thrown: unknown): void {
      fault('record postback outcome', thrown, { postbackId });
    },

    /** PostgreSQL does not take outcomes: they are kept until it does. */
    outcomesHeld(count: number, thrown: unknown): void {
      fault('record postback outcomes', thrown, { count });
    },

    /** A destination is held, probed or released: by a breaker, or as it asked for a pause. */
    destinationChanged(change: { heldForMs: number | null }): void {
      const released = change.heldForMs === null;
      log[released ? 'info' : 'warn'](
        change,
        released ? 'destination.released' : 'destination.held',
      );
    },

    queueRebuilt(): void {
      metrics.rebuilds.inc();
    },

    scheduleDeferred(count: number, thrown: unknown): void {
      metrics.deferred.inc(count);
      log.warn({ count, err: toError(thrown) }, 'schedule.deferred');
    },

    jobAdvanced(jobId: string, step: { looked: number; created: number; done: boolean }): void {
      const { looked, created, done } = step;
      metrics.jobPostbacks.inc(created);
      log.info({ jobId, looked, created, done }, 'job.advanced');
    },

    loopFailed: fault,
  };
}
