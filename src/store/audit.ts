import type { Sql } from './database.ts';

/** What was done to which object. */
export type AuditNote = {
  /** Name of its GraphQL type. */
  objectType: string;
  /** Row id; null when it is no single row. */
  objectId: string | null;
  before?: object;
  after?: object;
};

/**
 * Adds a line to the audit log about something that changes no row which the triggers watch. The transaction must say
 * who acts, see `access/wall.ts`.
 */
export async function noteAudit(sql: Sql, note: AuditNote): Promise<void> {
  const { objectType, objectId, before, after } = note;
  await sql.query({
    name: 'note-audit',
    text: 'SELECT volley_note($1, $2, $3, $4)',
    values: [objectType, objectId, asJson(before), asJson(after)],
  });
}

function asJson(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
