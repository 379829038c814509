import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { TooManySessionsError } from '../access/session-counts.ts';
import type { Ending, Session, Sessions } from '../access/sessions.ts';
import { callerError } from '../graphql/caller-error.ts';
import type { Context } from '../graphql/context.ts';

/**
 * Ends SSE streams with the credential they were opened with: the last message tells why. Over
 * WebSocket the socket is watched as a whole.
 */
export function watchStreams(sessions: Pick<Sessions, 'open'>): Plugin<Context> {
  return {
    onSubscribe: ({ args }) => ({
      onSubscribeResult({ result, setResult }) {
        const { viewer, address, session } = args.contextValue as Context;
        if (session || !isAsyncIterable(result)) return;
        const source = result[Symbol.asyncIterator]() as AsyncIterator<ExecutionResult>;
        try {
          setResult(untilEnding(source, (end) => sessions.open(viewer, address, end)) as never);
        } catch (thrown) {
          void source.return?.();
          if (!(thrown instanceof TooManySessionsError)) throw thrown;
          setResult({ errors: [callerError('TOO_MANY_STREAMS', `${thrown.message}.`)] });
        }
      },
    }),
  };
}

/** A source that also ends when its session does, with an error in its last message. */
export function untilEnding(
  source: AsyncIterator<ExecutionResult>,
  open: (end: (ending: Ending) => void) => Session,
): AsyncIterableIterator<ExecutionResult> {
  let ending: Ending | null = null;
  let over = false;
  let wake = () => {};
  const session = open((why) => {
    ending = why;
    leave().catch(() => {});
  });

  /** Gives up the source at once, also when its reader is slow to ask for what comes next. */
  async function leave(): Promise<void> {
    session[Symbol.dispose]();
    wake();
    await source.return?.();
  }

  async function next(): Promise<IteratorResult<ExecutionResult>> {
    // Not Promise.race: with a promise that lives as long as the stream it keeps every message.
    const result = await new Promise<IteratorResult<ExecutionResult> | null>((resolve, reject) => {
      wake = () => resolve(null);
      if (over || ending) wake();
      else source.next().then(resolve, reject);
    });
    if (ending && !over) {
      over = true;
      const error = callerError('UNAUTHENTICATED', `The stream ends: ${ending.message}.`);
      return { done: false, value: { errors: [error] } };
    }
    if (result && !result.done) return result;
    over = true;
    session[Symbol.dispose]();
    return { done: true, value: undefined };
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        return await next();
      } catch (thrown) {
        // Nobody calls return() on a stream that threw.
        over = true;
        session[Symbol.dispose]();
        throw thrown;
      }
    },
    async return() {
      over = true;
      await leave();
      return { done: true, value: undefined };
    },
  };
}
