/** What the caller of an echo receiver wants to be answered. */
export type WantedAnswer = {
  /** HTTP status, 200 to 599. */
  status: number;
  /** Milliseconds to wait before it is answered. */
  delayMs: number;
};

/** Why a wish is none that can be granted, in words for who built the URL. */
export type BadWish = { problem: string };

export const MAX_ECHO_DELAY_MS = 10_000;

/**
 * Reads `__status` and `__delayMs` out of a query. Everything else in it is the caller's own, and so is
 * a parameter that only looks similar.
 */
export function readWantedAnswer(query: string): WantedAnswer | BadWish {
  const parameters = new URLSearchParams(query);
  const status = wholeNumber(parameters.get('__status') ?? '200');
  const delayMs = wholeNumber(parameters.get('__delayMs') ?? '0');
  if (status === null || status < 200 || status > 599) {
    return { problem: `__status must be 200 to 599; it was ${shown(parameters, '__status')}` };
  }
  if (delayMs === null || delayMs > MAX_ECHO_DELAY_MS) {
    const was = shown(parameters, '__delayMs');
    return { problem: `__delayMs must be 0 to ${MAX_ECHO_DELAY_MS} milliseconds; it was ${was}` };
  }
  return { status, delayMs };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function shown(parameters: URLSearchParams, name: string): string {
  return JSON.stringify(parameters.get(name)?.slice(0, 20));
}
