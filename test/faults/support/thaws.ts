import { keyOf } from './checker.ts';
import type { Hit } from './sink.ts';

/** When a worker was stopped where it was, and when it went on; milliseconds since 1970. */
export type Freeze = { frozenAtMs: number; thawedAtMs: number };

/** What was about to be written when a worker was frozen is written this soon after it goes on. */
const WRITTEN_WITHIN_MS = 200;

/**
 * The calls that a frozen worker had decided to make and not yet written, and made when it went on, though somebody
 * else made them meanwhile. Nothing in flight told of them when it was frozen. When it was frozen for longer than
 * its lease it looks at that before it writes: then one at most, which was being written. Frozen for less it may be
 * robbed of its leases only by a Redis that loses them.
 * @returns keys, each once per freeze that explains a repeat of it
 */
export function repeatedAtThaw(
  hits: readonly Hit[],
  freezes: readonly Freeze[],
  leaseMs: number,
): string[] {
  const of = Map.groupBy(hits, ({ id, attempt }) => keyOf(id, attempt));
  return freezes.flatMap(({ frozenAtMs, thawedAtMs }) => {
    const isMeanwhile = ({ at }: Hit) => at >= frozenAtMs && at < thawedAtMs;
    const isAtThaw = ({ at }: Hit) => at >= thawedAtMs && at < thawedAtMs + WRITTEN_WITHIN_MS;
    const repeated = [...of].flatMap(([key, made]) =>
      made.some(isMeanwhile) && made.some(isAtThaw) ? [key] : [],
    );
    return thawedAtMs - frozenAtMs > leaseMs ? repeated.slice(0, 1) : repeated;
  });
}
