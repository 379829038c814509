import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string | undefined>();

/** Runs work for one request, or one operation of a socket: every log line of it carries the id. */
export function inRequest<Result>(requestId: string, work: () => Result): Result {
  return scope.run(requestId, work);
}

/**
 * Runs work that serves many requests although one of them happens to start it, such as a flush of
 * their batch: its log lines belong to none of them.
 */
export function outsideRequests<Result>(work: () => Result): Result {
  return scope.run(undefined, work);
}

/** The id of the request that is served now; undefined outside of any. */
export function currentRequestId(): string | undefined {
  return scope.getStore();
}

/** Pulls every value of a stream in the scope of its request, whoever asks for it. */
export function streamInRequest<Value>(
  requestId: string,
  stream: AsyncIterable<Value>,
): AsyncIterableIterator<Value> {
  const values = stream[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => inRequest(requestId, () => values.next()),
    return: (value) =>
      inRequest(requestId, () => values.return?.(value) ?? Promise.resolve({ done: true, value })),
  };
}
