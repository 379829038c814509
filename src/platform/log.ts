import { type DestinationStream, type Logger, pino } from 'pino';
import { currentRequestId } from './request-scope.ts';

export type Log = Logger;

/** Query strings of partner URLs and credentials never reach the log: both can hold secrets. */
const redact = {
  paths: ['authorization', 'key', 'secret', 'req.headers.authorization', '*.authorization'],
  censor: '[redacted]',
};

/** The root logger: one JSON object a line, with the id of the request it is about. */
export function createLog(level: string, to: DestinationStream = standardOutput()): Log {
  const mixin = () => {
    const requestId = currentRequestId();
    return requestId === undefined ? {} : { requestId };
  };
  return pino({ level, redact, mixin }, to);
}

/** What a log that nobody reads may hold in memory; further lines are lost. */
const MAX_UNWRITTEN_BYTES = 16 * 1024 * 1024;

/**
 * Where a service writes its log. Not before it goes on: when the pipe is full because its reader is slow, a
 * synchronous write sleeps 100 ms at a time, and every call that is due meanwhile is that late. At the end of
 * the process what is left is written; a `kill -9` loses the last lines.
 */
export function standardOutput(): DestinationStream {
  return pino.destination({ fd: 1, sync: false, maxLength: MAX_UNWRITTEN_BYTES });
}

/** Where a command writes it whose output is for people. */
export function standardError(): DestinationStream {
  return pino.destination({ fd: 2, sync: true });
}

/** A URL for the log: without its query string, which may carry what partners consider secret. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
