import { join } from 'node:path';
import type { Config } from '../config.ts';
import { StartError, toError } from '../platform/failure.ts';
import type { Log } from '../platform/log.ts';
import { parseRedisUrl } from '../platform/redis-url.ts';
import { migrate } from '../store/migrate.ts';
import { describeDatabase } from '../store/migration-problem.ts';
import { claimDataDir } from './pid-file.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

export type OpenServices = AsyncDisposable & {
  databaseUrl: string;
  redisUrl: string;
  /** Where clicks wait while PostgreSQL is down. */
  spoolDir: string;
  /** What runs, in words for whoever started it. */
  notes: string[];
};

type Options = Pick<Config, 'dataDir' | 'databaseUrl' | 'redisUrl' | 'port' | 'role'>;

/**
 * The PostgreSQL and Redis that were named, else embedded ones under the data directory, migrated.
 * Throws StartError with one sentence when something cannot be had.
 */
export async function openServices(options: Options, log: Log): Promise<OpenServices> {
  try {
    return await open(options, log);
  } catch (thrown) {
    throw new StartError(toError(thrown).message, { cause: thrown });
  }
}

async function open({ dataDir, databaseUrl, redisUrl, port, role }: Options, log: Log) {
  await using stack = new AsyncDisposableStack();
  const instance = `${role}-${port}`;
  if (databaseUrl && redisUrl) {
    // Processes that share outside services may share the directory too; each has its own place in it.
    const claim = await claimDataDir(dataDir).catch(() => claimDataDir(join(dataDir, instance)));
    stack.use(claim);
  } else {
    stack.use(await claimDataDir(dataDir));
  }
  const notes: string[] = [];
  const tell = (message: string) => log.info(message);

  let database = databaseUrl;
  if (database) {
    notes.push(`PostgreSQL at ${describeDatabase(database)}`);
  } else {
    database = stack.use(await startPostgres({ dataDir, log: tell })).url;
    notes.push(`PostgreSQL 18, embedded, in ${join(dataDir, 'postgres')}`);
  }
  let redis = redisUrl;
  if (redis) {
    notes.push(`Redis at ${parseRedisUrl(redis).address}`);
  } else {
    const embedded = stack.use(await startRedis({ dataDir, log: tell }));
    redis = embedded.url;
    notes.push(embedded.note);
  }
  const { applied } = await migrate(database);
  if (applied.length > 0) log.info({ applied }, 'database.migrated');

  const running = stack.move();
  return {
    databaseUrl: database,
    redisUrl: redis,
    spoolDir: join(dataDir, 'spool', instance),
    notes,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
