/**
 * Points that one payer may use in a minute, by what is counted apart; 0 is no limit. A point is what a
 * field of a document costs; a click or a wrong key is one.
 */
export type RateLimits = {
  /** Per key: ten of the dearest operations, or a page of 100 with 20 fields eight times a second. */
  queries: number;
  /** Per key: some 150 a second. Nobody manages pixels at that pace. */
  mutations: number;
  /** Per key: starts of subscriptions. 10,000 viewers that come back at once share a key and pass. */
  subscriptions: number;
  /** Per INTEGRATION key: 10,000 events a second at 10 points each, more than one process records. */
  reports: number;
  /** Per address, for who brings no key. */
  anonymous: number;
  /** Per address: 100 clicks a second, more than the visitors behind one address of a provider make. */
  clicks: number;
  /** Per echo receiver: ten calls a second, for trying things out. */
  echoes: number;
  /** Per address: keys and tokens that are not valid. People mistype, integrations keep a revoked one. */
  wrongKeys: number;
};

export type Bucket = keyof RateLimits;

export const DEFAULT_RATE_LIMITS: RateLimits = {
  queries: 1_000_000,
  mutations: 100_000,
  subscriptions: 1_000_000,
  reports: 6_000_000,
  anonymous: 60_000,
  clicks: 6_000,
  echoes: 600,
  wrongKeys: 60,
};

/** GraphQL shows limits as Int. */
const MAX_POINTS = 2_000_000_000;

/** Thrown by `parseRateLimits`: the message names what is wrong and the fix. */
export class RateLimitsError extends Error {
  override readonly name = 'RateLimitsError';
}

/** Reads `queries=2000000,anonymous=0`; what is not named keeps its default, `0` alone lifts all limits. */
export function parseRateLimits(list: string): RateLimits {
  const limits = { ...DEFAULT_RATE_LIMITS };
  if (list.trim() === '0') {
    for (const bucket of namesOf(limits)) limits[bucket] = 0;
    return limits;
  }
  const bad: string[] = [];
  for (const entry of list.split(',').map((it) => it.trim())) {
    const [, name, points] = /^(\w+)\s*=\s*(\d{1,10})$/.exec(entry) ?? [];
    const bucket = namesOf(limits).find((it) => it === name);
    if (bucket && Number(points) <= MAX_POINTS) limits[bucket] = Number(points);
    else if (entry !== '') bad.push(`"${entry}"`);
  }
  if (bad.length === 0) return limits;
  const names = namesOf(limits).join(', ');
  throw new RateLimitsError(
    `not a rate limit: ${bad.join(', ')}; write queries=1000000, with one of ${names} and at most ${MAX_POINTS} points a minute, or 0 alone for no limits`,
  );
}

function namesOf(limits: RateLimits): Bucket[] {
  return Object.keys(limits) as Bucket[];
}
