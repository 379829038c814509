import { expect, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';
import { adoptRestoredAttempts, openAttemptLog } from '../../src/store/attempt-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { makeApp } from '../support/make-app.ts';
import { TEST_PIXEL } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { referencePixel, seedPixel, seedReference } from '../support/seed.ts';

test('attempts restored from another server come first in the log instead of stalling it', async () => {
  await using receiver = await startReceiver();
  await using volley = await makeApp();
  const { affiliateId } = await seedReference(volley.admin);
  const pixelId = await seedPixel(volley.admin, referencePixel(receiver.url, affiliateId));
  await volley.admin.run(TEST_PIXEL, { input: { pixelId } });
  await volley.sql('UPDATE postback_attempt SET xact = 9000000000000000');
  await using database = openDatabase(volley.databaseUrl, createLog('silent'));
  const log = openAttemptLog(database.sql);
  const start = { xact: -1n, id: 0n };
  expect(await log.read(start, 10)).toMatchObject({ rows: [], pending: true });

  await adoptRestoredAttempts(database.sql);

  const { rows, pending } = await log.read(start, 10);
  expect(rows).toMatchObject([{ position: { xact: 0n }, state: 'DELIVERED' }]);
  expect(pending).toBe(false);
});
