/** Runs work when its turn comes; rejects without running it when it had to wait too long. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Lets `max` pieces of work run at a time; the others wait in the order they came.
 * @param waitMs how long one waits at most
 */
export function createTurns(max: number, waitMs: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(begin), 1);
      reject(new Error(`no turn within ${waitMs} ms: ${max} are at work, others were first`));
    }, waitMs);
    const begin = () => {
      clearTimeout(timer);
      resolve();
    };
    waiting.push(begin);
    await promise;
  }

  return async (work) => {
    // Who ends hands its place on, so nobody comes in before those who wait.
    if (running >= max) await turn();
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
