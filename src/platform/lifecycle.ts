import { outsideRequests } from './request-scope.ts';

/**
 * Runs a task again and again, with a pause after each run. Disposing waits for the run under way.
 * @param onFault is told of a run that failed; the next one comes all the same
 */
export function every(
  pauseMs: number,
  task: () => Promise<unknown>,
  onFault: (thrown: unknown) => void,
): AsyncDisposable {
  let stopped = false;
  let running = Promise.resolve<unknown>(undefined);
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    if (!stopped) timer = setTimeout(run, pauseMs);
  }
  function run(): void {
    running = task().catch(onFault).then(arm);
  }
  arm();

  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** A task that runs when somebody asks for it. */
export type Soon = AsyncDisposable & {
  /** Has the task run before long; once for all who ask until it begins. */
  ask(): void;
};

/**
 * Runs a task so long after it was asked for, one run at a time, and not at all while nobody asks: a process at rest is
 * not woken for it.
 * Disposing waits for the run under way, and gives up what was asked for.
 * @param onFault is told of a run that failed
 */
export function soon(
  pauseMs: number,
  task: () => Promise<unknown>,
  onFault: (thrown: unknown) => void,
): Soon {
  let stopped = false;
  let running = Promise.resolve<unknown>(undefined);
  let timer: NodeJS.Timeout | undefined;
  let isAsked = false;
  let isRunning = false;

  function arm(): void {
    if (isAsked && !isRunning && !stopped)
      timer ??= outsideRequests(() => setTimeout(run, pauseMs));
  }
  function run(): void {
    timer = undefined;
    isAsked = false;
    isRunning = true;
    running = task()
      .catch(onFault)
      .finally(() => {
        isRunning = false;
        arm();
      });
  }

  return {
    ask() {
      isAsked = true;
      arm();
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** What a process ends with that did not wait for its drain: as a shell calls an interrupt. */
const INTERRUPTED = 130;

/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process at once.
 * @param onSecond told just before, to say so in a log that is written at once
 */
export function stopSignal(onSecond?: (signal: NodeJS.Signals) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = false;
    const stop = (signal: NodeJS.Signals) => {
      if (seen) {
        onSecond?.(signal);
        process.exit(INTERRUPTED);
      }
      seen = true;
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

/** The promise's value, or undefined when it takes longer; its later failure is nobody's any more. */
export async function within<Value>(
  timeoutMs: number,
  promise: Promise<Value>,
): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
  promise.catch(() => {});
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
