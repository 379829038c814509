import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { MigrationError } from './migration-problem.ts';

const MAKE_ROLE = join(
  import.meta.dirname,
  '../../prisma/migrations/20261125030000_affiliate_role/migration.sql',
);
const INSUFFICIENT_PRIVILEGE = '42501';

type Role = { user: string; exists: boolean; isUnbound: boolean; mayWear: boolean };

/**
 * Sees to it that the user of a connection can put on the role that statements of AFFILIATE keys run as. It belongs
 * to the server, so a database may come to one without it.
 *
 * @throws MigrationError with what an administrator is to run, when the user may not make the role itself.
 */
export async function ensureAffiliateRole(client: Pick<pg.Client, 'query'>): Promise<void> {
  const { user, exists, isUnbound, mayWear } = await readRole(client);
  if (isUnbound) {
    throw new MigrationError(
      'the role volley_affiliate may see every row, which is what it is there to prevent: let an administrator run: ALTER ROLE volley_affiliate NOSUPERUSER NOBYPASSRLS;',
    );
  }
  if (mayWear) return;
  try {
    await client.query(readFileSync(MAKE_ROLE, 'utf8'));
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw thrown;
    const make = exists ? '' : 'CREATE ROLE volley_affiliate NOLOGIN NOINHERIT; ';
    const name = `"${user.replaceAll('"', '""')}"`;
    throw new MigrationError(
      `the user ${name} of DATABASE_URL may not ${exists ? 'act as' : 'create'} the role that affiliates' statements run as: let an administrator run on this server, once: ${make}GRANT volley_affiliate TO ${name};`,
      thrown,
    );
  }
}

async function readRole(client: Pick<pg.Client, 'query'>): Promise<Role> {
  const { rows } = await client.query<Role>(`
    SELECT current_user::text AS user, r.oid IS NOT NULL AS exists,
      coalesce(r.rolsuper OR r.rolbypassrls, false) AS "isUnbound",
      coalesce(pg_has_role(r.oid, CASE WHEN current_setting('server_version_num')::int >= 160000
        THEN 'SET' ELSE 'MEMBER' END), false) AS "mayWear"
    FROM (SELECT) AS one LEFT JOIN pg_roles r ON r.rolname = 'volley_affiliate'`);
  return rows[0] as Role;
}

/**
 * Finds a database that was restored on a server where the role was missing: its policies and grants were left out.
 *
 * @throws MigrationError with the way to restore it.
 */
export async function checkPolicies(client: Pick<pg.Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ lost: boolean }>(`
    SELECT to_regproc('public.volley_visible_affiliates') IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_policies WHERE 'volley_affiliate' = ANY (roles)) AS lost`);
  if (!rows[0]?.lost) return;
  throw new MigrationError(
    'the policies for affiliates are missing, as in a database that was restored before the role volley_affiliate was there: it is now, so drop this database and restore it again',
  );
}
