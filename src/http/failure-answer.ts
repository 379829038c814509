import type { ServerResponse } from 'node:http';
import { InvalidKeyError } from '../access/api-keys.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { TokenKeysUnavailableError } from '../access/token-keys.ts';
import { toError } from '../platform/failure.ts';
import type { Log } from '../platform/log.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { json, problem, reply, UNAVAILABLE } from './answers.ts';
import { BodyBrokeOffError, BodyTooLargeError, UnreadableBodyError } from './body.ts';

/**
 * Answers what a handler threw: refusals in their own words and status, a fault as 503. A fault is logged here, once.
 */
export function answerFailure(log: Log, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    // Who has gone away is told nothing; whoever still waits must not take half an answer for a whole.
    if (!response.destroyed) log.error({ err: toError(thrown) }, 'http.fault');
    response.destroy();
  } else if (thrown instanceof BodyTooLargeError) {
    // What still comes in is thrown away: a connection that is cut off loses the answer with it.
    response.req.resume();
    reply(response, problem(413, thrown.message, 'BODY_TOO_LARGE'));
  } else if (thrown instanceof BodyBrokeOffError) {
    response.destroy();
  } else if (thrown instanceof UnreadableBodyError) {
    response.req.resume();
    reply(response, problem(thrown.status, thrown.message, 'BAD_REQUEST'));
  } else if (thrown instanceof InvalidInputError) {
    reply(response, json(400, { error: thrown.message, issues: thrown.issues }));
  } else if (thrown instanceof InvalidKeyError) {
    response.setHeader('www-authenticate', 'Bearer');
    reply(response, problem(401, thrown.message, 'UNAUTHENTICATED'));
  } else if (thrown instanceof RateLimitedError) {
    const { message, retryAfterSeconds } = thrown;
    const headers = { 'retry-after': String(retryAfterSeconds) };
    reply(response, problem(429, message, 'RATE_LIMITED', headers, { retryAfterSeconds }));
  } else if (thrown instanceof TokenKeysUnavailableError) {
    reply(response, problem(503, thrown.message, UNAVAILABLE.code));
  } else {
    log.error({ err: toError(thrown) }, 'http.fault');
    reply(response, problem(503, UNAVAILABLE.message, UNAVAILABLE.code));
  }
}
