import { expect, test } from 'vitest';
import { type CommittedLog, createHub, type LogRow } from '../../../src/live/hub.ts';

test('closing waits for the read under way and lets nobody in after it', async () => {
  const first = Promise.withResolvers<void>();
  const reads: string[] = [];
  const log: CommittedLog<LogRow> = {
    head: async () => ({ xact: 1n, id: 0n }),
    async read() {
      reads.push('begun');
      await first.promise;
      reads.push('over');
      return { rows: [], pending: false };
    },
  };
  const hub = createHub({ log, onFault: (what, thrown) => reads.push(`${what}: ${thrown}`) });
  const channel = await hub.join({ matches: () => true });

  const closing = hub.close().then(() => reads.push('closed'));
  first.resolve();
  await closing;
  const late = await hub.join({ matches: () => true });

  expect(reads).toEqual(['begun', 'over', 'closed']);
  expect(await channel.next(0)).toEqual({ kind: 'closed' });
  expect(await late.next(0)).toEqual({ kind: 'closed' });
});
