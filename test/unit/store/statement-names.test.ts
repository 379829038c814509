import { expect, test } from 'vitest';
import { CONNECTION_LIFE_MS, createStatementNames } from '../../../src/store/statement-names.ts';

const byId = (table: string) =>
  `SELECT "public"."${table}"."id" FROM "public"."${table}" WHERE ("public"."${table}"."id" = $1 AND 1=1) LIMIT $2`;

/** The name after so many times. */
function asked(nameOf: (sql: string) => string, sql: string, times: number): string {
  for (let n = 1; n < times; n += 1) nameOf(sql);
  return nameOf(sql);
}

test('a statement that names its rows by id has a name from its third time on, and keeps it', () => {
  const nameOf = createStatementNames();

  expect(asked(nameOf, byId('event'), 2)).toBe('');
  const name = nameOf(byId('event'));
  expect(name).not.toBe('');
  expect(nameOf(byId('event'))).toBe(name);
});

test('two statements never share a name, as a connection runs what it first heard under it', () => {
  const nameOf = createStatementNames();
  const tables = Array.from({ length: 500 }, (_, n) => `table_${n}`);
  const names = tables.map((table) => asked(nameOf, byId(table), 3)).filter(Boolean);

  expect(names).toHaveLength(200);
  expect(new Set(names).size).toBe(200);
});

test('when there are no more names the others stay without, until no connection knows the old ones', () => {
  let ms = 0;
  const nameOf = createStatementNames(() => ms, 2);
  const first = [byId('event'), byId('postback')].map((sql) => asked(nameOf, sql, 3));

  ms = CONNECTION_LIFE_MS - 1;
  expect(asked(nameOf, byId('click'), 5)).toBe('');
  expect(nameOf(byId('event'))).toBe(first[0]);
  ms = CONNECTION_LIFE_MS;
  const second = [byId('click'), byId('event')].map((sql) => asked(nameOf, sql, 3));
  expect(new Set([...first, ...second]).size).toBe(4);
  expect(asked(nameOf, byId('postback'), 3)).toBe('');
});

test.each([
  [
    'a list of ids',
    `SELECT "a" FROM "public"."event" WHERE ("public"."event"."id" IN ($1,$2))`,
    true,
  ],
  [
    'a list of ids alone',
    `SELECT "a" FROM "public"."event" WHERE "public"."event"."id" IN ($1)`,
    true,
  ],
  [
    'a page by its cursor, whose plan depends on statistics',
    `SELECT "a" FROM "public"."event" WHERE "public"."event"."id" < $1 ORDER BY "public"."event"."id" DESC`,
    false,
  ],
  [
    'a filter that is no id',
    `SELECT "a" FROM "public"."event" WHERE "public"."event"."affiliate_id" = $1`,
    false,
  ],
  [
    'an id or something else',
    `SELECT "a" FROM "public"."event" WHERE ("public"."event"."id" = $1 OR "public"."event"."type" = $2)`,
    false,
  ],
  [
    'more ids than a page has',
    `SELECT "a" FROM "public"."event" WHERE "public"."event"."id" IN (${Array.from({ length: 1_000 }, (_, n) => `$${n + 1}`)})`,
    false,
  ],
  ['a change', `UPDATE "public"."event" SET "a" = $1 WHERE "public"."event"."id" = $2`, false],
  ['the begin of a transaction', 'BEGIN', false],
])('%s', (_what, sql, isNamed) => {
  expect(asked(createStatementNames(), sql, 5) !== '').toBe(isNamed);
});
