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

/** Where a service writes its log. */
export function standardOutput(): DestinationStream {
  return pino.destination({ fd: 1, sync: true });
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
