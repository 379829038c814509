import type { ServerResponse } from 'node:http';
import type { Viewer } from '../access/viewer.ts';
import type { Wall } from '../access/wall.ts';
import { toAuditWhere } from '../graphql/audit-log.ts';
import { AUDIT_COLUMNS, writeAuditCsv } from '../reports/audit-csv.ts';
import { beginCsv, columnsOf, instant, refusing } from './csv-query.ts';
import { list, one, parseQuery } from './query.ts';

/** The filter of the `auditLog` query as URL parameters, under the same names, and the columns to write. */
const csvQuery = {
  actorKeyIds: list,
  operations: list,
  objectId: one,
  objectTypes: list,
  from: instant,
  to: instant,
  columns: columnsOf(AUDIT_COLUMNS),
};

/**
 * Answers `/reports/audit.csv`: the lines of the `auditLog` query that pass the same filter, newest first, as a
 * stream. Throws InvalidInputError before it starts.
 */
export async function answerAuditCsv(
  wall: Wall,
  viewer: Viewer,
  rawQuery: string,
  response: ServerResponse,
): Promise<void> {
  const { columns, ...input } = parseQuery(csvQuery, rawQuery);
  const where = refusing(() => toAuditWhere(input));
  beginCsv(response, 'audit.csv');
  await writeAuditCsv(wall.clients(viewer).db, where, columns ?? AUDIT_COLUMNS, response);
}
