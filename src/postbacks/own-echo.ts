import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { MAX_ECHO_BODY_BYTES } from '../echo/echo-call.ts';
import { readOwnEcho } from '../echo/echo-url.ts';
import type { EchoAnswer, ReceiveEcho } from '../echo/receive-echo.ts';

type Deps = {
  /** Base of the URLs of echo receivers. */
  publicUrl: () => string;
  receive: ReceiveEcho;
};

/**
 * Answers calls to this service's own echo receivers in this process, and passes all others on. The
 * address guard forbids the addresses that such a service mostly has; as no socket is opened for an echo
 * call, nothing else of the own origin comes into reach (decision 23). It stands where the socket would be
 * opened, and looks at the same origin and path.
 */
export function answerOwnEchoes({
  publicUrl,
  receive,
}: Deps): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const { origin, path, method, headers, body } = options;
    const url = `${origin}${path}`;
    const target = readOwnEcho(publicUrl(), url);
    if (!target) return dispatch(options, handler);
    const sent = Buffer.from(typeof body === 'string' ? body : '');
    const answer = () =>
      receive({
        ...{ target, method, address: null },
        headers: Object.entries({ host: new URL(url).host, ...headers }).map(([name, value]) => ({
          name,
          value: String(value),
        })),
        bodyStart: sent.subarray(0, MAX_ECHO_BODY_BYTES),
        bodyBytes: sent.length,
      });
    void deliver(answer, handler);
    return true;
  };
}

/** Tells a handler what was answered, as if it had come over a socket. What it aborts at its start is not asked. */
async function deliver(
  answer: () => Promise<EchoAnswer>,
  handler: Dispatcher.DispatchHandler,
): Promise<void> {
  const controller = controllerOf();
  try {
    handler.onRequestStart?.(controller, {});
    controller.signal.throwIfAborted();
    const { status, headers, body, delayMs } = await answer();
    await sleep(delayMs, undefined, { signal: controller.signal, ref: false });
    handler.onResponseStart?.(controller, status, headers, '');
    if (body !== '') handler.onResponseData?.(controller, Buffer.from(body));
    handler.onResponseEnd?.(controller, {});
  } catch (thrown) {
    const error = controller.reason ?? (thrown instanceof Error ? thrown : new Error('echo'));
    handler.onResponseError?.(controller, error);
  }
}

function controllerOf(): Dispatcher.DispatchController & { signal: AbortSignal } {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    abort: (reason) => stop.abort(reason),
    pause() {},
    resume() {},
    get aborted() {
      return stop.signal.aborted;
    },
    get paused() {
      return false;
    },
    get reason() {
      return stop.signal.aborted ? (stop.signal.reason as Error) : null;
    },
  };
}
