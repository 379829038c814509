/**
 * A start that cannot succeed, told in one sentence: what was tried on what, and the fix.
 * The process prints the message alone and exits with 1.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The error in whatever was thrown, so that a message is always there. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
