import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Query strings of partner URLs and credentials never reach the log: both can hold secrets. */
const redact = {
  paths: ['authorization', 'key', 'secret', 'req.headers.authorization', '*.authorization'],
  censor: '[redacted]',
};

/** The root logger: one JSON object a line, on stdout unless `toStderr`. */
export function createLog(level: string, toStderr = false): Log {
  return pino({ level, redact }, pino.destination({ fd: toStderr ? 2 : 1, sync: true }));
}

/** A URL for the log: without its query string, which may carry what partners consider secret. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
