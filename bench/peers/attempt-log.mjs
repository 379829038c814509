import pg from 'pg';
import { coalesce } from '../../src/platform/coalescer.ts';

const INSERT = `
  INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url, status_code, error_kind,
                                response_body, outcome_id)
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::int[], $5::text[], $6::int[], $7::text[],
                       $8::text[], $9::uuid[])
  ON CONFLICT (outcome_id) DO NOTHING`;

const COLUMNS = [
  'postbackId',
  'number',
  'startedAt',
  'durationMs',
  'finalUrl',
  'statusCode',
  'errorKind',
  'responseBody',
  'outcomeId',
];

/**
 * Writes attempts into Volley's own table, many in one statement, as Volley does; a peer's own way would be one INSERT each, which is slower
 * for all of them. `add` resolves when the row is on disk.
 */
export function openAttemptLog(databaseUrl) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const attempts = coalesce({
    async flush(batch) {
      await pool.query({
        name: 'insert-attempts',
        text: INSERT,
        values: COLUMNS.map((column) => batch.map((attempt) => attempt[column])),
      });
      return batch.map(() => undefined);
    },
  });
  return { add: attempts.add, close: () => pool.end() };
}
