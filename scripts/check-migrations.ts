// Exits 1 with the SQL when prisma/schema.prisma and prisma/migrations describe different databases.
import { diffSchema } from '../src/store/migrate.ts';
import { withShadowDatabase } from './shadow-database.ts';

/**
 * Objects that live in migrations, beyond Prisma's model, and that it would drop or change: names
 * of indexes or of columns (`"table"."column"`) whose statement in the difference is expected.
 * Partial and expression indexes, checks, functions and policies need no entry: Prisma does not
 * look at them. Indexes with DESC or INCLUDE and defaults set in SQL alone do.
 */
export const BEYOND_PRISMA: readonly string[] = [];

/** The statements of a difference that touch none of the named objects. */
export function unexpected(sql: string, beyondPrisma: readonly string[]): string[] {
  return sql
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => /^(?!--)\S/m.test(statement))
    .filter((statement) => !beyondPrisma.some((name) => mentions(statement, name)));
}

function mentions(statement: string, name: string): boolean {
  const parts = name.split('.').map((part) => `"${part.replaceAll('"', '')}"`);
  return parts.every((part) => statement.includes(part));
}

if (import.meta.main) {
  const sql = await withShadowDatabase((databaseUrl) => diffSchema({ databaseUrl }));
  const statements = unexpected(sql, BEYOND_PRISMA);
  if (statements.length > 0) {
    console.error('prisma/schema.prisma and prisma/migrations differ:\n');
    console.error(`${statements.join(';\n\n')};\n`);
    console.error('write a migration (npm run migration -- <name>) or name the object in');
    console.error('BEYOND_PRISMA of scripts/check-migrations.ts');
    process.exitCode = 1;
  }
}
