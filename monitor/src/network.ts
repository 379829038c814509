/** Waits, but not longer than until the network is back or the person asks for it. */
export function pauseUntilOnline(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      for (const name of ['online', TRY_NOW]) removeEventListener(name, done);
      signal.removeEventListener('abort', done);
      resolve();
    }
    for (const name of ['online', TRY_NOW]) addEventListener(name, done);
    signal.addEventListener('abort', done);
  });
}

const TRY_NOW = 'volley:try-now';

/** Ends a pause between two tries. */
export function tryNow(): void {
  dispatchEvent(new Event(TRY_NOW));
}

/** Resolves with the reason when the browser learns that it has no network; never before. */
export function whenOffline(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const options = { once: true, signal } as const;
    addEventListener('offline', () => resolve('this device has no network'), options);
  });
}
