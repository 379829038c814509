import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Volley's own metrics, all named `volley_...`, and the process defaults. Labels have few values. */
export type Metrics = ReturnType<typeof createMetrics>;

const ATTEMPT_STATES = ['DELIVERED', 'OPEN', 'FAILED', 'SKIPPED', 'CANCELLED', 'SUPERSEDED'];

export function createMetrics() {
  const registry = new Registry();
  // Node measures the lag of its loop by waking it so often; by the default of 10 ms that was a third of what a process at
  // rest costs. The figures of lag begin at this.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const registers = [registry];
  const attempts = new Counter({
    name: 'volley_postback_attempts_total',
    help: 'Attempts by the state they left the postback in',
    labelNames: ['state'],
    registers,
  });
  // A counter that is not there yet raises no alarm when it begins.
  for (const state of ATTEMPT_STATES) attempts.inc({ state }, 0);
  return {
    registry,
    attempts,
    clicks: new Counter({
      name: 'volley_clicks_total',
      help: 'Visits of entry URLs by answer; a bot is redirected and counted apart',
      labelNames: ['outcome'],
      registers,
    }),
    events: new Counter({
      name: 'volley_events_total',
      help: 'Reported events by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    rateLimited: new Counter({
      name: 'volley_rate_limited_total',
      help: 'Requests and operations refused by a rate limit, by what is counted',
      labelNames: ['bucket'],
      registers,
    }),
    uploads: new Gauge({
      name: 'volley_event_uploads',
      help: 'CSV uploads of events under way in this process',
      registers,
    }),
    retries: new Counter({
      name: 'volley_postback_retries_total',
      help: 'Attempts after the first one of a postback',
      registers,
    }),
    attemptSeconds: new Histogram({
      name: 'volley_postback_attempt_seconds',
      help: 'From the start of an attempt to its outcome',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    lateness: new Histogram({
      name: 'volley_postback_lateness_seconds',
      help: 'From the due time of an attempt to its start',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers,
    }),
    deferred: new Counter({
      name: 'volley_schedule_deferred_total',
      help: 'Postbacks that Redis did not take at once and the sweep puts back',
      registers,
    }),
    rebuilds: new Counter({
      name: 'volley_queue_rebuilds_total',
      help: 'Times the queue was refilled from PostgreSQL: at the start, and after Redis lost data',
      registers,
    }),
    jobPostbacks: new Counter({
      name: 'volley_job_postbacks_total',
      help: 'Postbacks made by backfills and bulk replays',
      registers,
    }),
    faults: new Counter({
      name: 'volley_faults_total',
      help: 'Faults of the service itself by what was tried',
      labelNames: ['what'],
      registers,
    }),
    inFlight: new Gauge({
      name: 'volley_postbacks_in_flight',
      help: 'Attempts under way in this process',
      registers,
    }),
    viewers: new Gauge({
      name: 'volley_live_viewers',
      help: 'Live subscriptions of this process',
      registers,
    }),
    sessions: new Gauge({
      name: 'volley_sessions',
      help: 'Open WebSockets and SSE streams of this process',
      registers,
    }),
    spooled: new Gauge({
      name: 'volley_clicks_spooled',
      help: 'Clicks on the local disk that wait for the store',
      registers,
    }),
    waiting: new Gauge({
      name: 'volley_coalescer_depth',
      help: 'Items of this process that wait to be written, by what they are',
      labelNames: ['coalescer'],
      registers,
    }),
    destinationsHeld: new Gauge({
      name: 'volley_destinations_held',
      help: 'Destinations whose postbacks this worker holds',
      registers,
    }),
    due: new Gauge({
      name: 'volley_queue_due',
      help: 'Postbacks that are due and that nobody has in hand; what waits on purpose is left out',
      registers,
    }),
    queued: new Gauge({
      name: 'volley_queue_size',
      help: 'Postbacks in the Redis queue, leased ones included',
      registers,
    }),
    overdue: new Gauge({
      name: 'volley_queue_oldest_overdue_seconds',
      help: 'By how much the earliest postback of the queue is overdue; what waits on purpose is left out',
      registers,
    }),
    held: new Gauge({
      name: 'volley_postbacks_held',
      help: 'Postbacks of the queue whose destination is held, by why it is',
      labelNames: ['reason'],
      registers,
    }),
  };
}
