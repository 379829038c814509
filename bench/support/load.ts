import { type Child, startChild } from './child.ts';

/** Requests to one server. `<n>` in path and body stands for the number of the request. */
export type Load = {
  url: string;
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  /** Further header lines, each with its line break. */
  headers?: string;
  /** What each right answer holds. */
  expected: string;
  connections: number;
  /** Before anything is counted. */
  warmUpSeconds: number;
  seconds: number;
  /** Number of the first request. */
  from: number;
  /** Requests a second, on time whatever the server does; absent: as many as it answers. */
  perSecond?: number;
};

export type LoadFigures = {
  perSecond: number;
  answered: number;
  sent: number;
  p50: number;
  p99: number;
  failed: number;
  firstFailure: string;
};

export type LoadGenerator = AsyncDisposable & {
  /** @throws Error with the first wrong answer, if there is one. */
  drive(load: Omit<Load, 'from'>): Promise<LoadFigures>;
};

export async function startLoad(): Promise<LoadGenerator> {
  const child: Child = await startChild('support/load-process.ts');
  // No number comes twice, so that no report is a duplicate.
  let from = 0;
  return {
    async drive(load) {
      const figures = await child.call<LoadFigures>('drive', { ...load, from });
      from += figures.sent;
      if (figures.failed > 0) {
        throw new Error(
          `${figures.failed} wrong answers of ${load.url}, the first: ${figures.firstFailure}`,
        );
      }
      return figures;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
