import type { Bucket } from './rate-limits.ts';

/** Where a payer stands in this minute. */
export type Standing = {
  /** Points in a minute. */
  limit: number;
  /** Points that are left until `resetAt`. */
  remaining: number;
  resetAt: Date;
};

/** A payer has no points left for this. The message tells the limit, and when it is possible again. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError';
  readonly bucket: Bucket;
  readonly standing: Standing;
  readonly retryAfterSeconds: number;

  constructor(bucket: Bucket, standing: Standing, points: number, now: Date) {
    const { limit, remaining, resetAt } = standing;
    const seconds = Math.ceil((resetAt.getTime() - now.getTime()) / 1000);
    const need = points > 1 ? `, ${points} are needed and ${remaining} are left` : '';
    super(`rate limit: ${limit} ${ALLOWANCES[bucket]}${need}; try again in ${seconds} s`);
    this.bucket = bucket;
    this.standing = standing;
    this.retryAfterSeconds = seconds;
  }
}

const ALLOWANCES: Record<Bucket, string> = {
  queries: 'points a minute for queries of one key',
  mutations: 'points a minute for mutations of one key',
  subscriptions: 'points a minute for starts of subscriptions of one key',
  reports: 'points a minute for reports of one key',
  anonymous: 'points a minute from one address without a key',
  clicks: 'clicks a minute from one address',
  echoes: 'calls a minute at one echo receiver',
  wrongKeys: 'wrong keys a minute from one address',
};
