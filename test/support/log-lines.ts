import { Writable } from 'node:stream';
import { createLog, type Log } from '../../src/platform/log.ts';

export type LogLine = Record<string, unknown> & { msg: string; requestId?: string };

/** A log as the service writes it, whose lines a test reads. */
export function readableLog(level = 'info'): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const target = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)) as LogLine);
      done();
    },
  });
  return { log: createLog(level, target), lines };
}
