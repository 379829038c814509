import type { AffiliatePermission, Granted } from '../pixels/permissions.ts';
import type { Sql } from '../store/database.ts';
import type { Viewer } from './viewer.ts';

/** What a viewer may use and see of visitors: everything but for affiliates, who are granted it. */
export async function loadGranted(sql: Sql, viewer: Viewer): Promise<Granted> {
  if (viewer.role !== 'AFFILIATE') return null;
  const { rows } = await sql.query<{ permissions: AffiliatePermission[] }>({
    name: 'load-granted',
    text: 'SELECT permissions::text[] FROM affiliate WHERE id = $1',
    values: [viewer.affiliateId],
  });
  return rows[0]?.permissions ?? [];
}
