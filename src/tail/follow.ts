import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import type { TailFiredSubscription, TailFiredSubscriptionVariables } from './gql/graphql.ts';
import { FIRED } from './operations.ts';

type Fired = TailFiredSubscription['postbackFired'];

/** A result, or what a viewer should know about the stream itself. */
export type Followed =
  | { kind: 'result'; fired: Fired }
  | { kind: 'standing'; resumed: boolean }
  | { kind: 'gap' }
  | { kind: 'lost'; reason: string; againInMs: number };

/** Volley cannot be reached at the start, or refuses what was asked. */
export class TailError extends Error {
  override readonly name = 'TailError';
  readonly isKeyRefused: boolean;

  constructor(message: string, isKeyRefused = false) {
    super(message);
    this.isKeyRefused = isKeyRefused;
  }
}

type Deps = {
  url: string;
  key: string;
  variables: TailFiredSubscriptionVariables;
  signal: AbortSignal;
  /** Pause before the nth try in a row, ms. */
  pauseMs?: (tries: number) => number;
  /** A stream that says nothing for so long is dead: there is a heartbeat every 15 s. */
  silenceMs?: number;
};

const SILENCE_MS = 40_000;
const FORBIDDEN = 4403;
/** 0.5 s, 1 s, 2 s ... 10 s, each between 0.8 and 1.2 times that: all tails of a team come back apart. */
const usualPause = (tries: number) =>
  Math.min(10_000, 250 * 2 ** tries) * (0.8 + 0.4 * Math.random());

/**
 * Follows the live stream, over as many connections as it takes: each goes on behind the cursor of the
 * last message, so nothing is shown twice and nothing left out.
 *
 * @throws TailError when the first connection cannot be had, or the server refuses
 */
export async function* follow(deps: Deps): AsyncGenerator<Followed, void> {
  const { signal, pauseMs = usualPause } = deps;
  let { after, since, ...rest } = deps.variables;
  let hasStood = false;
  for (let tries = 1; !signal.aborted; tries += 1) {
    let reason = 'the connection was closed';
    try {
      let isFirst = true;
      for await (const fired of connect(deps, { ...rest, after, since })) {
        if (isFirst) yield { kind: 'standing', resumed: hasStood };
        isFirst = false;
        hasStood = true;
        tries = 0;
        after = fired.cursor;
        // The time is what the first connection began with.
        since = null;
        if (fired.gap) yield { kind: 'gap' };
        if (fired.postback && fired.attempt) yield { kind: 'result', fired };
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (thrown instanceof TailError && (thrown.isKeyRefused || !hasStood)) throw thrown;
      reason = (thrown as Error).message;
    }
    if (signal.aborted) return;
    const againInMs = Math.round(pauseMs(tries + 1));
    yield { kind: 'lost', reason, againInMs };
    await sleep(againInMs, undefined, { signal }).catch(() => {});
  }
}

/** One connection, until it ends. */
async function* connect(
  { url, key, signal, silenceMs = SILENCE_MS }: Deps,
  variables: TailFiredSubscriptionVariables,
): AsyncGenerator<Fired, void> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const silence = Promise.withResolvers<never>();
  silence.promise.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.reject(new TailError('nothing was heard')), silenceMs);
  };
  const stop = () => silence.reject(new TailError('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const messages = client.iterate<TailFiredSubscription>({
      query: FIRED.toString(),
      variables,
    });
    for (;;) {
      heard();
      const { value, done } = await Promise.race([messages.next(), silence.promise]);
      if (done) return;
      if (!value.data) throw new TailError(value.errors?.[0]?.message ?? 'no answer');
      yield value.data.postbackFired;
    }
  } catch (thrown) {
    throw thrown instanceof TailError ? thrown : tellClose(url, thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    client.terminate();
    await client.dispose();
  }
}

/** The client throws what ended the socket (a CloseEvent), what opened none, or the server's errors. */
function tellClose(url: string, thrown: unknown): TailError {
  if (Array.isArray(thrown)) return new TailError(String(thrown[0]?.message));
  const { code, reason } = thrown as { code?: number; reason?: string };
  if (code === FORBIDDEN) return new TailError(reason || 'the key is not valid', true);
  if (reason) return new TailError(reason);
  return new TailError(`cannot reach ${url}: is Volley running there? VOLLEY_URL says where`);
}
