import type { Sql } from './database.ts';

/** A stored key with all that authentication needs to know. */
export type KeyRow = {
  id: string;
  name: string;
  role: 'ADMIN' | 'VIEWER' | 'INTEGRATION' | 'AFFILIATE';
  affiliateId: string | null;
  /** The affiliate and everyone below it, by id; empty without one. */
  affiliateIds: string[];
  integrationId: string | null;
  persistedOnly: boolean;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
};

/** Finds keys by the SHA-256 of their text, in hexadecimal; in the order asked, null for unknown ones. */
export async function findKeys(sql: Sql, hashes: string[]): Promise<(KeyRow | null)[]> {
  const { rows } = await sql.query<KeyRow & { at: number }>({
    name: 'find-keys',
    text: `
      WITH RECURSIVE given AS (
        SELECT g.at, k.* FROM unnest($1::text[]) WITH ORDINALITY g(hash, at)
        JOIN api_key k ON k.secret_hash = decode(g.hash, 'hex')
      ), tree(root, id) AS (${treeOf('SELECT affiliate_id FROM given')})
      SELECT g.at::int, g.id, g.name, g.role::text, g.affiliate_id AS "affiliateId",
        ${membersOf('g.affiliate_id')} AS "affiliateIds", g.integration_id AS "integrationId",
        g.persisted_only AS "persistedOnly", g.expires_at AS "expiresAt", g.revoked_at AS "revokedAt", g.last_used_at AS "lastUsedAt"
      FROM given g`,
    values: [hashes],
  });
  return inOrder(hashes, rows);
}

/** An affiliate with everyone below it. */
export type TreeRow = { id: string; affiliateIds: string[] };

/** Finds affiliates by their public codes; in the order asked, null for unknown ones. */
export async function findTrees(sql: Sql, affids: string[]): Promise<(TreeRow | null)[]> {
  const { rows } = await sql.query<TreeRow & { at: number }>({
    name: 'find-trees',
    text: `
      WITH RECURSIVE given AS (
        SELECT g.at, a.id FROM unnest($1::text[]) WITH ORDINALITY g(affid, at)
        JOIN affiliate a ON a.affid = g.affid
      ), tree(root, id) AS (${treeOf('SELECT id FROM given')})
      SELECT g.at::int, g.id, ${membersOf('g.id')} AS "affiliateIds" FROM given g`,
    values: [affids],
  });
  return inOrder(affids, rows);
}

/** Finds integrations by their names; in the order asked, null for unknown ones. */
export async function findIntegrations(
  sql: Sql,
  names: string[],
): Promise<({ id: string } | null)[]> {
  const { rows } = await sql.query<{ id: string; at: number }>({
    name: 'find-integrations',
    text: `
      SELECT g.at::int, i.id FROM unnest($1::text[]) WITH ORDINALITY g(name, at)
      JOIN integration i ON i.name = g.name`,
    values: [names],
  });
  return inOrder(names, rows);
}

/** What is true now of keys and affiliates that have something open. */
export type Rights = {
  /** Of the keys asked for, those that are not revoked, with the time they expire. */
  keys: Map<string, { expiresAt: Date | null; lastUsedAt: Date | null }>;
  /** Per affiliate asked for, it and everyone below it, by id. */
  trees: Map<string, string[]>;
};

/** Reads the rights of many open sockets and streams by one statement. */
export async function readRights(
  sql: Sql,
  keyIds: string[],
  affiliateIds: string[],
): Promise<Rights> {
  const { rows } = await sql.query<{
    id: string;
    expiresAt: Date | null;
    lastUsedAt: Date | null;
    affiliateIds: string[] | null;
  }>({
    name: 'read-rights',
    text: `
      WITH RECURSIVE tree(root, id) AS (${treeOf('SELECT unnest($2::uuid[])')})
      SELECT id, expires_at AS "expiresAt", last_used_at AS "lastUsedAt", NULL::uuid[] AS "affiliateIds"
      FROM api_key WHERE id = ANY($1) AND revoked_at IS NULL
      UNION ALL
      SELECT root, NULL, NULL, array_agg(id ORDER BY id) FROM tree GROUP BY root`,
    values: [keyIds, affiliateIds],
  });
  const rights: Rights = { keys: new Map(), trees: new Map() };
  for (const { id, affiliateIds: members, ...key } of rows) {
    if (members) rights.trees.set(id, members);
    else rights.keys.set(id, key);
  }
  return rights;
}

/**
 * Writes when keys were last used. A key that was written less than a minute before stays as it is,
 * and so does one that another process writes in this moment.
 */
export async function saveKeyUse(sql: Sql, uses: { id: string; at: Date }[]): Promise<void> {
  await sql.query({
    name: 'save-key-use',
    text: `
      WITH due AS (
        SELECT k.id, u.at FROM unnest($1::uuid[], $2::timestamptz[]) u(id, at)
        JOIN api_key k ON k.id = u.id
        WHERE k.last_used_at IS NULL OR k.last_used_at <= u.at - interval '1 minute'
        FOR UPDATE OF k SKIP LOCKED
      )
      UPDATE api_key k SET last_used_at = due.at FROM due WHERE k.id = due.id`,
    values: [uses.map(({ id }) => id), uses.map(({ at }) => at)],
  });
}

/** Rows (root, id): each of the affiliates that a statement selects, with everyone below it. */
function treeOf(roots: string): string {
  return `
    SELECT r.id, r.id FROM (${roots}) r(id) WHERE r.id IS NOT NULL
    UNION SELECT t.root, a.id FROM affiliate a JOIN tree t ON a.parent_id = t.id`;
}

function membersOf(root: string): string {
  return `ARRAY(SELECT t.id FROM tree t WHERE t.root = ${root} ORDER BY t.id)`;
}

/** Puts rows that say at which place (from 1) they were asked for into that order. */
function inOrder<Row>(asked: unknown[], rows: (Row & { at: number })[]): (Row | null)[] {
  const byPlace = new Map(rows.map(({ at, ...row }) => [at, row as Row]));
  return asked.map((_, index) => byPlace.get(index + 1) ?? null);
}
