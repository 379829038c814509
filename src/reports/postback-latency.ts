/** Milliseconds of each stage of a postback; null for a stage that was not reached. */
export type Latency = {
  receivedMs: number | null;
  heldMs: number | null;
  firstTryMs: number | null;
  doneMs: number | null;
};

/** What a GraphQL Int holds. */
const MAX_INT = 2 ** 31 - 1;

/**
 * Splits the time from conversion to outcome (domain 1.3, 9: upstream lag is shown apart from our hold).
 * Differences are given as they are, also negative: they tell of clocks that disagree. One that no Int
 * can hold, of a report about last year for example, is null rather than wrong.
 */
export function latencyOf(postback: {
  dueAt: Date;
  firedAt: Date | null;
  finishedAt: Date | null;
  event: { occurredAt: Date; receivedAt: Date };
}): Latency {
  const { dueAt, firedAt, finishedAt, event } = postback;
  return {
    receivedMs: between(event.occurredAt, event.receivedAt),
    heldMs: between(event.receivedAt, dueAt),
    firstTryMs: between(dueAt, firedAt),
    doneMs: firedAt && between(firedAt, finishedAt),
  };
}

function between(start: Date, end: Date | null): number | null {
  if (end === null) return null;
  const ms = end.getTime() - start.getTime();
  return Math.abs(ms) <= MAX_INT ? ms : null;
}
