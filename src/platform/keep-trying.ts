import { setTimeout as sleep } from 'node:timers/promises';

type Options = {
  /** Whether trying again can help; what it says no to is thrown. */
  isPassing: (thrown: unknown) => boolean;
  /** Told of the first failure of a series, not of each. */
  onHeld: (thrown: unknown) => void;
};

/** Pauses between tries: soon at first, twice a second for as long as it takes. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 500;

/**
 * Does something that must not be lost, again and again until it works.
 * @param act may have worked when its answer was lost: doing it twice must be as good as once
 */
export async function keepTrying<Value>(
  act: () => Promise<Value>,
  { isPassing, onHeld }: Options,
): Promise<Value> {
  for (let tries = 0, pauseMs = FIRST_PAUSE_MS; ; tries += 1) {
    try {
      return await act();
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      if (tries === 0) onHeld(thrown);
      await sleep(pauseMs);
      pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2);
    }
  }
}
