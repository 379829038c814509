import type { Writable } from 'node:stream';
import type { Db } from '../store/database.ts';
import type { AuditEntry, Prisma } from '../store/generated/client/client.ts';
import { readPages, writeCsv } from './csv.ts';

/** Columns of the audit log, as they are headed and as they are read from a line. */
const COLUMNS = {
  at: (line) => line.at,
  actor: (line) => line.actorName,
  role: (line) => line.actorRole,
  key: (line) => line.actorId,
  subject: (line) => line.actorSubject,
  affiliate: (line) => line.actorAffiliateId,
  operation: (line) => line.operation,
  object: (line) => line.objectType,
  object_id: (line) => line.objectId,
  before: (line) => asText(line.before),
  after: (line) => asText(line.after),
  request_id: (line) => line.requestId,
  address: (line) => line.address,
} as const satisfies Record<string, (line: AuditEntry) => Date | string | null>;

export type AuditColumn = keyof typeof COLUMNS;

/** What may be asked for, in the order of the report; all of them are written when nothing is chosen. */
export const AUDIT_COLUMNS = Object.keys(COLUMNS) as [AuditColumn, ...AuditColumn[]];

/** Writes the lines of the audit log that pass a condition as CSV, newest first; ids are row ids. */
export async function writeAuditCsv(
  db: Db,
  where: Prisma.AuditEntryWhereInput,
  columns: AuditColumn[],
  target: Writable,
): Promise<void> {
  const rows = readPages(async (last: bigint | null, take) => {
    const found = await db.auditEntry.findMany({
      where: { AND: [where, last === null ? {} : { id: { lt: last } }] },
      orderBy: { id: 'desc' },
      take,
    });
    return found.map((line) => ({
      place: line.id,
      ...Object.fromEntries(columns.map((name) => [name, COLUMNS[name](line)])),
    }));
  });
  await writeCsv(rows, columns, target);
}

function asText(value: Prisma.JsonValue): string | null {
  return value === null ? null : JSON.stringify(value);
}
