import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { HOT, openPool } from '../../src/store/pool.ts';
import { isPassingFault } from '../../src/store/store-fault.ts';
import { warmUp } from '../../src/store/warm-up.ts';
import { startTcpProxy } from '../faults/support/tcp-proxy.ts';
import { createDatabase, dropDatabase, runSql } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

let url: string;
let database: Database;

beforeAll(async () => {
  const name = `volley_${randomBytes(6).toString('hex')}`;
  url = await createDatabase(inject('postgresUrl'), name, 'volley_template');
  database = openDatabase(url, createLog('silent'));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await dropDatabase(inject('postgresUrl'), url);
});

test('a connection that is lost between two statements of a transaction fails it, and nothing else', async () => {
  const lost = database.transact(async (sql) => {
    const { rows } = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await runSql(url, `SELECT pg_terminate_backend(${rows[0]?.pid})`);
    // Nobody asks anything while it goes: the socket itself tells of it.
    await setTimeout(200);
    return sql.query('SELECT 1');
  });

  await expect(lost).rejects.toSatisfy(isPassingFault);
  expect(await database.transact((sql) => sql.query('SELECT 1'))).toMatchObject({ rowCount: 1 });
});

test('a hot statement gives up on a server that keeps silent, and the next one gets a new connection', async () => {
  const { port } = new URL(url);
  await using proxy = await startTcpProxy(Number(port));
  const proxied = new URL(url);
  proxied.port = String(proxy.port);
  await using through = openDatabase(proxied.href, createLog('silent'));
  const select = { name: 'one', text: 'SELECT 1', values: [] };
  await through.hot.query(select);
  proxy.weather = { blackHole: true };

  await expect(through.hot.query(select)).rejects.toSatisfy(isPassingFault);
  proxy.weather = {};
  proxy.down();
  proxy.up();
  expect(await through.hot.query(select)).toMatchObject({ rowCount: 1 });
});

test('a plan that a hot connection makes while a table is empty does not read all of it when it is full', async () => {
  await runSql(url, 'ANALYZE event');
  const explain = 'EXPLAIN SELECT 1 FROM event WHERE id = $1 FOR KEY SHARE';

  const { rows } = await database.hot.query<{ 'QUERY PLAN': string }>(explain, [randomUUID()]);

  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index Scan');
  expect(plan).not.toContain('Seq Scan');
});

test('hot connections that a herd opened are there for the next one', async () => {
  await using stack = new AsyncDisposableStack();
  const pool = openPool(url, createLog('silent'), 10, { ...HOT, idleMs: 100 });
  stack.defer(() => pool.end());
  await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT pg_sleep(0.05)')));
  expect(pool.totalCount).toBe(8);

  await eventually(
    async () => pool.totalCount,
    (count) => expect(count).toBe(HOT.kept),
  );
  await setTimeout(300);

  expect(pool.totalCount).toBe(HOT.kept);
});

test('a worker that has warmed up has what a herd asks for prepared on every connection that is kept', async () => {
  await using stack = new AsyncDisposableStack();
  const pool = openPool(url, createLog('silent'), 10, HOT);
  stack.defer(() => pool.end());

  await warmUp(pool);

  expect(pool.totalCount).toBe(HOT.kept);
  const names = `SELECT array_agg(name ORDER BY name)::text AS names, min(pg_sleep(0.1)::text) FROM pg_prepared_statements`;
  const asked = await Promise.all(Array.from({ length: HOT.kept }, () => pool.query(names)));
  expect(asked.map(({ rows }) => rows[0].names)).toEqual(
    Array(HOT.kept).fill('{finish-postbacks,load-open-postbacks}'),
  );
});

test('a hot statement is ended by the server before its caller gives up: none goes on unseen', async () => {
  const running = async () =>
    runSql(
      url,
      `SELECT query FROM pg_stat_activity WHERE query LIKE '%a long time%' AND pid <> pg_backend_pid()
      AND state = 'active'`,
    );
  const asked = database.hot.query({ name: 'sleep', text: `SELECT pg_sleep(60), 'a long time'` });

  // SQLSTATE 57014 comes from the server: a caller that gives up has no such code.
  await expect(asked).rejects.toMatchObject({ code: '57014' });
  await expect(asked).rejects.toSatisfy(isPassingFault);
  expect(await running()).toEqual([]);
});

test('a connection that comes back inside a transaction is not used again', async () => {
  await using stack = new AsyncDisposableStack();
  const pool = openPool(url, createLog('silent'), 1);
  stack.defer(() => pool.end());
  const whoAsks = `SELECT current_user = session_user AS "isOwner", pg_backend_pid() AS pid`;
  const left = await pool.connect();
  await left.query('BEGIN; SET LOCAL ROLE volley_affiliate');
  const before = await left.query(whoAsks);
  expect(before.rows[0].isOwner).toBe(false);

  left.release();

  const after = await pool.query(whoAsks);
  expect(after.rows[0].isOwner).toBe(true);
  expect(after.rows[0].pid).not.toBe(before.rows[0].pid);
});

test("a server that is away is a passing fault in Prisma's words too", async () => {
  await using proxy = await startTcpProxy(Number(new URL(url).port));
  const proxied = Object.assign(new URL(url), { port: String(proxy.port) });
  await using through = openDatabase(proxied.href, createLog('silent'));
  await through.db.event.count();
  const asleep = through.db.$queryRaw`SELECT pg_sleep(60)`;
  const ended = expect(asleep).rejects.toSatisfy(isPassingFault);
  await setTimeout(200);
  await runSql(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`,
  );
  await ended;
  proxy.down();

  await expect(through.db.event.count()).rejects.toSatisfy(isPassingFault);
  await expect(through.db.$transaction([through.db.event.count()])).rejects.toSatisfy(
    isPassingFault,
  );
});

test('a statement that asks for what is not there is no passing fault', async () => {
  await expect(database.db.$queryRaw`SELECT * FROM nowhere`).rejects.not.toSatisfy(isPassingFault);
});

test('a connection that has lived long is closed once nobody has it, and not before', async () => {
  await using stack = new AsyncDisposableStack();
  const pool = openPool(url, createLog('silent'), 1, {
    serverMs: 5_000,
    callerMs: 5_000,
    lifeMs: 500,
  });
  stack.defer(() => pool.end());
  const pidOf = async (sql: Pick<typeof pool, 'query'>) =>
    (await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
  const client = await pool.connect();
  const first = await pidOf(client);
  await setTimeout(800);

  expect(await pidOf(client)).toBe(first);
  client.release();
  expect(await pidOf(pool)).not.toBe(first);
});
