import { createClient } from 'graphql-ws';
import type {
  MonitorFiredSubscription,
  MonitorFiredSubscriptionVariables,
} from '../gql/graphql.ts';
import { FIRED } from './operations.ts';

export type Fired = MonitorFiredSubscription['postbackFired'];

/** A message, or what a viewer should know about the stream itself. */
export type Followed =
  | { kind: 'fired'; fired: Fired }
  | { kind: 'standing'; resumed: boolean }
  | { kind: 'lost'; reason: string; againInMs: number };

/** Volley takes the key no more, or refuses what was asked: trying again would not help. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly isKey: boolean;

  constructor(message: string, isKey: boolean) {
    super(message);
    this.isKey = isKey;
  }
}

type Deps = {
  /** `wss://...` of the service's `/graphql`. */
  url: string;
  key: string;
  where: MonitorFiredSubscriptionVariables['where'];
  signal: AbortSignal;
  /** Waits before a further try; may end sooner, when the network is back. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
  /** Rejects when the connection is known to be gone, before its silence tells. */
  cut?: () => Promise<string>;
};

/** There is a heartbeat every 15 s. */
const SILENCE_MS = 25_000;
const FORBIDDEN = 4403;
const MAX_PAUSE_MS = 10_000;

/**
 * Follows the live stream over as many connections as it takes: each goes on behind the cursor of the
 * last message, so no line is shown twice and none is left out. The sister of `src/tail/follow.ts`.
 *
 * @throws RefusedError when the key is not valid (any more), or the filter is refused
 */
export async function* follow(deps: Deps): AsyncGenerator<Followed, void> {
  const { signal, pause, random } = deps;
  let after: string | null = null;
  let wasKeyRefused = false;
  for (let tries = 0; !signal.aborted; tries += 1) {
    let reason = 'the connection was closed';
    try {
      let isFirst = true;
      for await (const fired of connect(deps, after)) {
        if (isFirst) yield { kind: 'standing', resumed: after !== null };
        isFirst = false;
        wasKeyRefused = false;
        tries = 0;
        after = fired.cursor;
        yield { kind: 'fired', fired };
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (thrown instanceof RefusedError) {
        // A key whose rights have changed is closed like one that ended: it may come back at once.
        if (!thrown.isKey || after === null || wasKeyRefused) throw thrown;
        wasKeyRefused = true;
        yield { kind: 'lost', reason: thrown.message, againInMs: 0 };
        continue;
      }
      reason = (thrown as Error).message;
    }
    if (signal.aborted) return;
    // 0.5 s, 1 s, 2 s ... 10 s, each between 0.8 and 1.2 times that: pages come back apart.
    const againInMs = Math.min(MAX_PAUSE_MS, 500 * 2 ** tries) * (0.8 + 0.4 * random());
    yield { kind: 'lost', reason, againInMs };
    await pause(againInMs, signal);
  }
}

/** One connection, until it ends. */
async function* connect(deps: Deps, after: string | null): AsyncGenerator<Fired, void> {
  const { url, key, where, signal, cut } = deps;
  const client = createClient({
    url,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ended.reject(new Error('nothing was heard')), SILENCE_MS);
  };
  const stop = () => ended.reject(new Error('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  void cut?.().then((why) => ended.reject(new Error(why)));
  try {
    const messages = client.iterate<MonitorFiredSubscription>({
      query: FIRED.toString(),
      variables: { where, after },
    });
    for (;;) {
      heard();
      const { value, done } = await Promise.race([messages.next(), ended.promise]);
      if (done) return;
      if (!value.data) {
        throw new RefusedError(value.errors?.[0]?.message ?? 'no answer', isAboutKey(value.errors));
      }
      yield value.data.postbackFired;
    }
  } catch (thrown) {
    throw tellEnd(thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    client.terminate();
    void client.dispose();
  }
}

/** The client throws what ended the socket (a CloseEvent), what opened none, or the server's errors. */
function tellEnd(thrown: unknown): Error {
  if (Array.isArray(thrown)) {
    return new RefusedError(String(thrown[0]?.message), isAboutKey(thrown));
  }
  const { code, reason } = thrown as { code?: number; reason?: string };
  if (code === FORBIDDEN) return new RefusedError(reason || 'the key is not valid', true);
  if (reason) return new Error(reason);
  return thrown instanceof Error ? thrown : new Error('Volley cannot be reached');
}

function isAboutKey(
  errors: readonly { extensions?: Record<string, unknown> | undefined }[] | undefined,
): boolean {
  return errors?.[0]?.extensions?.code === 'UNAUTHENTICATED';
}
