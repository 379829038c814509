import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  checkRedisPolicy,
  closeRedis,
  connectRedis,
  onDisconnect,
  RedisUnavailableError,
} from '../../src/platform/redis.ts';
import {
  freePort,
  redisServerMissing,
  startRedisServer,
  type TestRedisServer,
} from '../support/redis-server.ts';

/** Collects what is logged, and lets a test wait for a line instead of sleeping. */
function recordLog() {
  const lines: string[] = [];
  const waiters = new Map<string, () => void>();
  const write = (facts: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(facts)}`);
    waiters.get(message)?.();
  };
  const until = (message: string) =>
    new Promise<void>((resolve) => waiters.set(message, () => resolve()));
  return { lines, until, log: { info: write, warn: write } };
}

const refusal = (connecting: Promise<unknown>) =>
  connecting.then(
    () => Promise.reject(new Error('it connected')),
    (error: Error) => error,
  );

describe.skipIf(redisServerMissing())('connectRedis', () => {
  let server: TestRedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  it('connects, names its connection and prefixes keys', async () => {
    const redis = await connectRedis(server.url, { name: 'volley-test', keyPrefix: 'pre:' });

    await redis.set('key', 'value');

    const other = await connectRedis(server.url);
    expect(await other.get('pre:key')).toBe('value');
    expect(await redis.client('GETNAME')).toBe('volley-test');
    await closeRedis(redis);
    await closeRedis(other);
  });

  it('refuses within about 3 seconds when nothing listens, without the password', async () => {
    const port = await freePort();
    const started = performance.now();

    const error = await refusal(connectRedis(`redis://me:s3cret@127.0.0.1:${port}`));

    expect(performance.now() - started).toBeLessThan(3_500);
    expect(error).toBeInstanceOf(RedisUnavailableError);
    expect(error.message).toMatch(
      new RegExp(`^Redis at 127.0.0.1:${port} is not ready after 3000 ms \\(.*ECONNREFUSED.*start`),
    );
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('s3cret');
  });

  it('refuses when something listens that never answers', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as { port: number };

    const error = await refusal(
      connectRedis(`redis://127.0.0.1:${port}`, { readyTimeoutMs: 300, commandTimeoutMs: 5_000 }),
    );

    expect(error.message).toContain(`Redis at 127.0.0.1:${port} is not ready after 300 ms`);
    mute.close();
  });

  it('refuses a wrong password at once and does not repeat it', async () => {
    await using locked = await startRedisServer({ args: ['--requirepass', 'right'] });
    const started = performance.now();

    const error = await refusal(connectRedis(`redis://:wr0ng@127.0.0.1:${locked.port}`));

    expect(performance.now() - started).toBeLessThan(1_000);
    expect(error.message).toContain('refuses the user name or password in REDIS_URL');
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('wr0ng');
    const redis = await connectRedis(`redis://:right@127.0.0.1:${locked.port}`);
    expect(await redis.ping()).toBe('PONG');
    await closeRedis(redis);
  });

  it('fails commands at once while Redis is down, logs one loss and one return', async () => {
    const first = await startRedisServer();
    const { lines, until, log } = recordLog();
    const redis = await connectRedis(first.url, { log, random: () => 0 });
    const lost = until('redis.lost');
    const regained = until('redis.regained');

    await first.stop('SIGKILL');
    await lost;
    const started = performance.now();
    await expect(redis.set('key', 1)).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(100);
    // Long enough for several tries, none of which may show in the log.
    for (let tries = 0; tries < 3; tries += 1) {
      await new Promise((resolve) => redis.once('reconnecting', resolve));
    }
    await using _second = await startRedisServer({ port: first.port });
    await regained;

    expect(await redis.ping()).toBe('PONG');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['redis.lost', 'redis.regained']);
    await closeRedis(redis);
  });

  it('tells each loss of a connection once, however often it tries to connect again', async () => {
    const first = await startRedisServer();
    const redis = await connectRedis(first.url, { random: () => 0 });
    let lost = 0;
    onDisconnect(redis, () => {
      lost += 1;
    });
    const { port } = first;

    await first.stop('SIGKILL');
    for (let tries = 0; tries < 3; tries += 1) {
      await new Promise((resolve) => redis.once('reconnecting', resolve));
    }
    expect(lost).toBe(1);
    const ready = new Promise((resolve) => redis.once('ready', resolve));
    await using second = await startRedisServer({ port });
    await ready;
    const again = new Promise((resolve) => redis.once('reconnecting', resolve));
    await second.stop('SIGKILL');
    await again;

    expect(lost).toBe(2);
    await closeRedis(redis);
  });

  it('fails a command in flight when the connection breaks and never sends it again', async () => {
    const first = await startRedisServer();
    const redis = await connectRedis(first.url);

    process.kill(first.pid, 'SIGSTOP');
    const counted = redis.incr('count');
    await Promise.all([expect(counted).rejects.toThrow(), first.stop('SIGKILL')]);
    const ready = new Promise((resolve) => redis.once('ready', resolve));
    await using _second = await startRedisServer({ port: first.port });
    await ready;

    expect(await redis.get('count')).toBeNull();
    await closeRedis(redis);
  });

  it('is ready soon after Redis has loaded its file, however long that was thought to take', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'volley-loading-'));
    const keep = ['--appendonly', 'yes', '--dir', directory];
    const first = await startRedisServer({ args: keep });
    // They connect again at different times, and are told different guesses.
    const clients = await Promise.all(
      [0, 0.3, 0.6, 0.9].map((random) => connectRedis(first.url, { random: () => random })),
    );
    onTestFinished(async () => {
      await Promise.all(clients.map(closeRedis));
      await rm(directory, { recursive: true });
    });
    const filled = (clients[0] as Redis).pipeline();
    for (let key = 0; key < 5_200; key += 1) filled.set(`key${key}`, key);
    await filled.exec();
    const ready = clients.map(
      (redis) =>
        new Promise<void>((resolve) => {
          redis.once('close', () => redis.once('ready', resolve));
        }),
    );

    await first.stop('SIGKILL');
    // Each command of the file takes half a millisecond: all of them three seconds.
    const slowly = [...keep, '--key-load-delay', '500'];
    await using _second = await startRedisServer({ port: first.port, args: slowly });
    const loadedAt = performance.now();
    await Promise.all(ready);

    expect(performance.now() - loadedAt).toBeLessThan(600);
  });

  it('gives up on a silent Redis after the command timeout and works again after it', async () => {
    await using silent = await startRedisServer();
    const redis = await connectRedis(silent.url, { commandTimeoutMs: 100 });
    const reconnecting = new Promise((resolve) => redis.once('reconnecting', resolve));

    process.kill(silent.pid, 'SIGSTOP');
    await expect(redis.ping()).rejects.toThrow('Command timed out');
    await reconnecting;
    const ready = new Promise((resolve) => redis.once('ready', resolve));
    process.kill(silent.pid, 'SIGCONT');
    await ready;

    expect(await redis.ping()).toBe('PONG');
    await closeRedis(redis);
  });
});

describe.skipIf(redisServerMissing())('checkRedisPolicy', () => {
  it('passes noeviction and refuses every other policy with the fix', async () => {
    await using server = await startRedisServer();
    const redis = await connectRedis(server.url);

    await checkRedisPolicy(redis);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');

    await expect(checkRedisPolicy(redis)).rejects.toThrow(
      `Redis at 127.0.0.1:${server.port} may evict keys and with them scheduled postbacks ` +
        '(maxmemory-policy is allkeys-lru): run "CONFIG SET maxmemory-policy noeviction" there',
    );
    await closeRedis(redis);
  });

  it.each([
    ['renamed', ['--rename-command', 'CONFIG', '']],
    ['forbidden', ['--user', 'default', 'on', 'nopass', '~*', '&*', '+@all', '-config']],
  ])('logs and passes when CONFIG is %s', async (_how, args) => {
    await using server = await startRedisServer({ args });
    const { lines, log } = recordLog();
    const redis = await connectRedis(server.url);

    await checkRedisPolicy(redis, log);

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('redis.policy_unknown');
    await closeRedis(redis);
  });

  it('does not take an outage for a pass', async () => {
    const server = await startRedisServer();
    const redis = await connectRedis(server.url);
    await server.stop();

    await expect(checkRedisPolicy(redis)).rejects.toThrow();
    redis.disconnect();
  });
});
