import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { checkPolicies, ensureAffiliateRole } from './affiliate-role.ts';
import { describeDatabase, MigrationError, storeProblem } from './migration-problem.ts';
import { openSchemaEngine } from './schema-engine.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
export const MIGRATIONS_DIR = join(PROJECT, 'prisma/migrations');
export const SCHEMA_FILE = join(PROJECT, 'prisma/schema.prisma');

/** "Volley" in ASCII: the advisory lock that one starting process holds while it migrates. */
const MIGRATION_LOCK = 0x566f6c6c6579;
/** How long a second process waits for the first one. */
const LOCK_TIMEOUT_MS = 120_000;

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations that the database lacks, in order, and records them in
 * `_prisma_migrations` as the Prisma CLI does. Safe when several processes start at once.
 *
 * @returns the names of the migrations just applied.
 * @throws MigrationError with one sentence naming the database and the fix.
 */
export async function migrate(
  databaseUrl: string,
  migrationsDir = MIGRATIONS_DIR,
): Promise<{ applied: string[] }> {
  const migrations = readMigrations(migrationsDir);
  const client = openClient(databaseUrl);
  try {
    await client.connect();
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await ensureAffiliateRole(client);
    const recorded = await readRecorded(client);
    // The engine takes 100 ms to load: a start with nothing to do skips it.
    const isNew = migrations.migrationDirectories.some(
      ({ path }) => recorded.get(path) !== 'applied',
    );
    const applied = isNew ? await apply(databaseUrl, migrations, recorded) : [];
    await checkPolicies(client);
    return { applied };
  } catch (error) {
    throw storeProblem(databaseUrl, error);
  } finally {
    // Closing the session gives the lock back.
    await client.end().catch(() => {});
  }
}

export type DiffOptions = {
  /** A server where a temporary shadow database may be created; its own data is not touched. */
  databaseUrl: string;
  migrationsDir?: string;
  schemaFile?: string;
};

/**
 * The SQL that leads from the migrations to schema.prisma: the next migration. Empty when they
 * agree. Prisma does not look at partial and expression indexes, checks, functions and policies.
 *
 * @throws MigrationError with one sentence naming the database and the fix.
 */
export async function diffSchema(options: DiffOptions): Promise<string> {
  const { databaseUrl, migrationsDir = MIGRATIONS_DIR, schemaFile = SCHEMA_FILE } = options;
  const files = [{ path: schemaFile, content: readFileSync(schemaFile, 'utf8') }];
  try {
    // A refused connection is a plain error here, but a panic inside the engine.
    const client = openClient(databaseUrl);
    await client.connect();
    await client.end();
    await using opened = await openSchemaEngine(databaseUrl);
    const { stdout } = await opened.engine.diff({
      from: { tag: 'migrations', ...readMigrations(migrationsDir) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    return /^(--.*|\s*)$/.test(stdout?.trim() ?? '') ? '' : (stdout as string);
  } catch (error) {
    throw storeProblem(databaseUrl, error);
  }
}

async function apply(
  databaseUrl: string,
  migrations: MigrationList,
  recorded: ReadonlyMap<string, 'applied' | 'unfinished'>,
): Promise<string[]> {
  await using opened = await openSchemaEngine(databaseUrl);
  const { engine } = opened;
  // A migration is one implicit transaction: what failed or was killed half-way left nothing
  // behind but its unfinished record, which would stop every later start.
  for (const [name, state] of recorded) {
    if (state === 'unfinished') await engine.markMigrationRolledBack({ migrationName: name });
  }
  try {
    const input = { migrationsList: migrations, filters: NO_FILTERS };
    return (await engine.applyMigrations(input)).appliedMigrationNames;
  } catch (error) {
    const name = /migration_name="([^"]+)"/.exec((error as Error).message)?.[1];
    if (name) await rollBackRecord(engine, name);
    const reason = /ERROR: .*/.exec((error as Error).message)?.[0] ?? (error as Error).message;
    if (/permission denied|must be owner/.test(reason)) throw new Error(reason, { cause: error });
    const where = describeDatabase(databaseUrl);
    throw new MigrationError(`migration ${name ?? ''} failed on ${where}: ${reason}`, error);
  }
}

async function rollBackRecord(engine: SchemaEngine, migrationName: string): Promise<void> {
  await engine.markMigrationRolledBack({ migrationName }).catch(() => {});
}

async function readRecorded(client: pg.Client): Promise<Map<string, 'applied' | 'unfinished'>> {
  const exists = await client.query(`SELECT to_regclass('_prisma_migrations') AS found`);
  if (exists.rows[0].found === null) return new Map();
  const rows = await client.query<{ name: string; finished: boolean }>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  return new Map(rows.rows.map((row) => [row.name, row.finished ? 'applied' : 'unfinished']));
}

function readMigrations(migrationsDir: string): MigrationList {
  const names = readdirSync(migrationsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: migrationsDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok',
          value: readFileSync(join(migrationsDir, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  };
}

function openClient(databaseUrl: string): pg.Client {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'volley-migrate',
  });
  // Without a listener a connection lost while waiting would end the process.
  client.on('error', () => {});
  return client;
}
