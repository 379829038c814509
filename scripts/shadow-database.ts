import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/embedded/postgres.ts';

/** Runs `use` with the URL of a throwaway PostgreSQL, and removes it afterwards. */
export async function withShadowDatabase<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'volley-shadow-'));
  try {
    await using postgres = await startPostgres({ dataDir, log: () => {}, durable: false });
    return await use(postgres.url);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
