import type { Seal } from '../platform/seal.ts';
import type { Sql } from '../store/database.ts';

type Row = { id: string; pixelId: string; sealed: Buffer };

const PAGE = 500;

/**
 * Seals every stored secret with the newest key, so that an older key can be taken away. One that does
 * not open is told to `onFault` and stays as it is. Doing so in several processes at once is harmless.
 * @returns how many were sealed anew
 */
export async function resealSecrets(
  { sql, seal }: { sql: Sql; seal: Seal },
  onFault: (thrown: unknown, facts: { pixelId: string }) => void,
): Promise<number> {
  let resealed = 0;
  let after: string | null = null;
  for (;;) {
    const rows: Row[] = await page(sql, after);
    for (const row of rows) {
      if (seal.isNewest(row.sealed)) continue;
      try {
        const sealed = seal.seal(seal.open(row.sealed, row.pixelId), row.pixelId);
        await replace(sql, row, sealed);
        resealed += 1;
      } catch (thrown) {
        onFault(thrown, { pixelId: row.pixelId });
      }
    }
    if (rows.length < PAGE) return resealed;
    after = rows.at(-1)?.id ?? null;
  }
}

async function page(sql: Sql, after: string | null): Promise<Row[]> {
  const { rows } = await sql.query<Row>({
    name: 'page-secrets',
    text: `
      SELECT id, pixel_id AS "pixelId", sealed FROM pixel_secret
      WHERE $1::uuid IS NULL OR id > $1
      ORDER BY id LIMIT ${PAGE}`,
    values: [after],
  });
  return rows;
}

async function replace(sql: Sql, { id, sealed }: Row, by: Uint8Array): Promise<void> {
  await sql.query({
    name: 'reseal-secret',
    text: 'UPDATE pixel_secret SET sealed = $3 WHERE id = $1 AND sealed = $2',
    values: [id, sealed, by],
  });
}
