import { payerAt } from '../access/payer.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { toError } from '../platform/failure.ts';
import { ConflictError, InvalidInputError, isRefusal } from '../platform/refusals.ts';
import type { Report } from '../platform/report.ts';
import type { RecordClick, Visit } from './record-click.ts';

/** An answer of a plain HTTP route. */
export type RouteAnswer = { status: number; headers: Record<string, string>; body: string };

/** The answer to whoever has reached a rate limit. */
export function answerRateLimited({ message, retryAfterSeconds }: RateLimitedError): RouteAnswer {
  return {
    status: 429,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': String(retryAfterSeconds),
    },
    body: `${JSON.stringify({ error: message, retryAfterSeconds })}\n`,
  };
}

type Deps = {
  recordClick: RecordClick;
  rateLimit: Pick<RateLimit, 'take'>;
  report: Pick<Report, 'clickAnswered' | 'loopFailed'>;
};

/** The HTTP face of `/click`: 302 to the landing URL, or a readable refusal. Never throws. */
export function createRedirect({
  recordClick,
  rateLimit,
  report,
}: Deps): (visit: Visit) => Promise<RouteAnswer> {
  return async (visit) => {
    try {
      rateLimit.take('clicks', payerAt(visit.ip), 1);
      const { click, landingUrl } = await recordClick(visit);
      const { clickId, affiliateId, isBot } = click;
      report.clickAnswered(isBot ? 'bot' : 'redirected', { clickId, affiliateId });
      return {
        status: 302,
        // The visitor's next page must not learn the affiliate's parameters, and no cache may answer.
        headers: {
          location: toHeader(landingUrl),
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
        },
        body: '',
      };
    } catch (thrown) {
      const status = refusedStatus(thrown);
      report.clickAnswered(status === 503 ? 'lost' : 'refused', { status });
      if (status !== 503) return plain(status, toError(thrown).message, retryAfter(thrown));
      report.loopFailed('store click', thrown);
      return plain(status, 'The click cannot be stored now.');
    }
  };
}

/** A header takes ASCII only: a landing URL in another script goes out as browsers would send it. */
function toHeader(url: string): string {
  return /^[\x21-\x7e]+$/.test(url) ? url : new URL(url).href;
}

function refusedStatus(thrown: unknown): number {
  if (thrown instanceof RateLimitedError) return 429;
  if (thrown instanceof InvalidInputError) return 400;
  if (thrown instanceof ConflictError) return 410;
  return isRefusal(thrown) ? 404 : 503;
}

function retryAfter(thrown: unknown): Record<string, string> {
  if (!(thrown instanceof RateLimitedError)) return {};
  return { 'retry-after': String(thrown.retryAfterSeconds) };
}

function plain(status: number, body: string, headers: Record<string, string> = {}): RouteAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    },
    body: `${body}\n`,
  };
}
