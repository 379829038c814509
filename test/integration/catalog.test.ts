import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.ts';
import { createLog } from '../../src/platform/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createDatabase, dropDatabase } from '../support/database.ts';

test('a code that cannot be looked up is an error, never an unknown code', async () => {
  const name = `volley_${randomBytes(6).toString('hex')}`;
  const url = await createDatabase(inject('postgresUrl'), name, 'volley_template');
  await using database = openDatabase(url, createLog('silent'));
  const catalog = createCatalog(database.db);
  expect(await catalog.hasEventType('Sale')).toBe(true);
  expect(await catalog.hasEventType('Unheard')).toBe(false);

  await dropDatabase(inject('postgresUrl'), url);

  await expect(catalog.hasEventType('Lead')).rejects.toThrow();
  expect(await catalog.hasEventType('Sale')).toBe(true);
});
