// npm run migration -- <name>: writes the migration from prisma/migrations to prisma/schema.prisma.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { diffSchema, MIGRATIONS_DIR } from '../src/store/migrate.ts';
import { withShadowDatabase } from './shadow-database.ts';

const name = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('usage: npm run migration -- <name>, for instance add_campaign_budget');
  process.exit(1);
}

mkdirSync(MIGRATIONS_DIR, { recursive: true });
const sql = await withShadowDatabase((databaseUrl) => diffSchema({ databaseUrl }));

if (sql === '') {
  console.log('prisma/migrations and prisma/schema.prisma agree: nothing to write');
} else {
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS_DIR, `${timestamp}_${name}`);
  mkdirSync(folder);
  writeFileSync(join(MIGRATIONS_DIR, 'migration_lock.toml'), 'provider = "postgresql"\n');
  writeFileSync(join(folder, 'migration.sql'), sql);
  console.log(
    `wrote ${relative(process.cwd(), join(folder, 'migration.sql'))}: read it, then commit`,
  );
}
