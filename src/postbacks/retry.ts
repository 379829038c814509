/**
 * Seconds between one attempt and the next: 5 s, 30 s, 5 min, 30 min, 2 h, 6 h, 18 h, which with
 * the first makes eight attempts in about 27 hours (research/domain.md 2.4). Attempts beyond the
 * table repeat its last step.
 */
export const RETRY_STEPS_SECONDS = [5, 30, 300, 1800, 7200, 21_600, 64_800] as const;

/** Attempts of a postback whose pixel sets no `maxAttempts` (domain.md 2.4). */
export const DEFAULT_MAX_ATTEMPTS = 8;

/** The largest `maxAttempts` a pixel may set; the smallest is 1 (domain.md 2.4). */
export const MAX_ATTEMPTS_LIMIT = 12;

/** Steps are drawn from 0.8 to 1.2 times the table, so that a fallen receiver is not met at once. */
export const RETRY_JITTER = 0.2;

/** The longest `Retry-After` that is honoured: one hour. */
export const RETRY_AFTER_CAP_SECONDS = 3600;

/** Why an attempt got no status code. `send` names them, `nextStep` judges them. */
export type ErrorKind =
  | 'DNS'
  | 'CONNECT'
  | 'TLS'
  | 'TLS_CERTIFICATE'
  | 'TIMEOUT'
  | 'RESET'
  | 'PROTOCOL'
  | 'ADDRESS_REFUSED'
  | 'INVALID_URL'
  | 'ABORTED';

/** What is known of an attempt when the next step is decided; a `SendResult` fits. */
export type AttemptOutcome = {
  statusCode: number | null;
  errorKind: ErrorKind | null;
  retryAfterSeconds: number | null;
};

/** Machine-readable reasons, stored with the postback and shown as `Postback.reason`. */
export type StepReason = ErrorKind | `HTTP_${number}` | 'REDIRECT' | 'ATTEMPTS_EXHAUSTED';

export type NextStep =
  | { kind: 'delivered' }
  | { kind: 'retry'; delayMs: number; reason: StepReason }
  | { kind: 'failed'; reason: StepReason };

/**
 * What follows the attempt just made, the `attempt`-th (from 1) of at most `maxAttempts`.
 * `random` returns [0, 1), once per call that retries.
 */
export function nextStep(input: {
  outcome: AttemptOutcome;
  attempt: number;
  maxAttempts?: number;
  random: () => number;
}): NextStep {
  const { outcome, attempt, maxAttempts = DEFAULT_MAX_ATTEMPTS, random } = input;
  const verdict = judge(outcome);
  if (verdict.kind !== 'retry') return verdict;
  if (attempt >= maxAttempts) return { kind: 'failed', reason: 'ATTEMPTS_EXHAUSTED' };
  const delayMs = retryDelayMs(attempt, outcome.retryAfterSeconds, random);
  return { kind: 'retry', delayMs, reason: verdict.reason };
}

/**
 * Reads a `Retry-After` header: seconds (decimals too, some senders write them) or an HTTP date,
 * counted from `nowMs` (wall clock). Null for a value that is absent, malformed or in the past.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return Number(text);
  // Date.parse alone would read "5" or "2026" as a year, and asctime dates as local time.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return null;
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) || at < nowMs ? null : (at - nowMs) / 1000;
}

// A certificate does not heal within a day by itself, and a refused address is no accident.
const FINAL_ERRORS: ReadonlySet<ErrorKind> = new Set([
  'TLS_CERTIFICATE',
  'ADDRESS_REFUSED',
  'INVALID_URL',
]);

type Verdict =
  | { kind: 'delivered' }
  | { kind: 'retry'; reason: StepReason }
  | { kind: 'failed'; reason: StepReason };

function judge({ statusCode, errorKind }: AttemptOutcome): Verdict {
  if (statusCode === null) {
    // Neither a status nor an error is a cut-off attempt: its outcome is unknown, so try again.
    const reason = errorKind ?? 'ABORTED';
    return { kind: FINAL_ERRORS.has(reason) ? 'failed' : 'retry', reason };
  }
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode >= 300 && statusCode < 400) return { kind: 'failed', reason: 'REDIRECT' };
  const asksAgain = statusCode === 408 || statusCode === 425 || statusCode === 429;
  const serverFault = statusCode >= 500 && statusCode < 600;
  return { kind: asksAgain || serverFault ? 'retry' : 'failed', reason: `HTTP_${statusCode}` };
}

function retryDelayMs(attempt: number, retryAfter: number | null, random: () => number): number {
  const row = Math.min(attempt, RETRY_STEPS_SECONDS.length) - 1;
  const step = RETRY_STEPS_SECONDS[row] ?? RETRY_STEPS_SECONDS[0];
  const drawn = step * (1 - RETRY_JITTER + 2 * RETRY_JITTER * random());
  if (retryAfter === null) return Math.round(drawn * 1000);
  // Never sooner than asked and never sooner than the step; the draw still spreads the rest.
  const asked = Math.min(retryAfter, RETRY_AFTER_CAP_SECONDS);
  return Math.round(Math.max(drawn, step, asked) * 1000);
}
