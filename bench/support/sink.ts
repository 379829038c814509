import { type Child, startChild } from './child.ts';
import { quantile } from './quantile.ts';

/** A receiver in a process of its own, on many addresses: each is an origin. */
export type Sink = AsyncDisposable & {
  pid: number;
  /** `http://127.0.1.1:port` and so on. Paths `/ok/<n>`, `/slow/<n>` (2 s), `/fault/<n>` (500). */
  origins: string[];
  /** Forgets all calls and counts those of the numbers below `count` from now on. */
  expect(count: number): Promise<void>;
  /** Waits until so many numbers were called, not longer than this; answers how many were. */
  until(count: number, withinMs: number): Promise<number>;
  seen(): Promise<Seen>;
};

export type Seen = { arrivedAt: Float64Array; calls: Uint8Array; total: number };

export async function startSink(origins: number): Promise<Sink> {
  const child: Child = await startChild('support/sink-process.mjs');
  return {
    pid: child.pid,
    origins: await child.call('listen', origins),
    expect: (count) => child.call('expect', count),
    until: (count, withinMs) => child.call('until', count, withinMs),
    seen: () => child.call('seen'),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** How calls came, in ms after the time they were due by the sink's clock. */
export type Lateness = {
  p50: number;
  p99: number;
  max: number;
  early: number;
  lost: number;
  doubled: number;
};

/** @param dueAtMs of each number */
export function latenessOf({ arrivedAt, calls }: Seen, dueAtMs: (n: number) => number): Lateness {
  const late = [...arrivedAt].flatMap((at, n) => (at > 0 ? [at - dueAtMs(n)] : []));
  return {
    p50: quantile(late, 0.5),
    p99: quantile(late, 0.99),
    max: quantile(late, 1),
    early: late.filter((ms) => ms < 0).length,
    lost: calls.filter((count) => count === 0).length,
    doubled: calls.filter((count) => count > 1).length,
  };
}
