import type { Transact } from './database.ts';

/** Sets these locks apart from others of the database. */
const REBUILD = 0x7662_6c64;

/**
 * Runs something for those of some shards that nobody else runs it for, in all processes on this database.
 * The locks end with it, also when the process dies.
 */
export function withShardLocks<Result>(
  transact: Transact,
  shards: readonly number[],
  work: (mine: number[]) => Promise<Result>,
): Promise<Result> {
  return transact(async (sql) => {
    const { rows } = await sql.query<{ shard: number }>({
      name: 'lock-shards',
      text: 'SELECT shard FROM unnest($2::int[]) shard WHERE pg_try_advisory_xact_lock($1, shard)',
      values: [REBUILD, shards],
    });
    return work(rows.map(({ shard }) => shard));
  });
}
