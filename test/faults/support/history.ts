import type { History, LoggedAttempt, Row } from './checker.ts';

type Sql = (statement: string) => Promise<Record<string, unknown>[]>;

/** Every postback as it is now. */
export async function readRows(sql: Sql): Promise<Row[]> {
  return (await sql(`
    SELECT p.id, '/' || a.affid AS path, e.transaction_id AS "transactionId", e.amount::float8 AS amount,
      p.state::text, p.attempts_made AS "attemptsMade", volley_ms(p.due_at) AS "dueAtMs"
    FROM postback p JOIN affiliate a ON a.id = p.affiliate_id JOIN event e ON e.id = p.event_id`)) as Row[];
}

/** The log of attempts. */
export async function readLog(sql: Sql): Promise<LoggedAttempt[]> {
  return (await sql(`
    SELECT postback_id AS id, number, superseded, status_code AS "statusCode"
    FROM postback_attempt ORDER BY id`)) as LoggedAttempt[];
}

/** What the database kept a record of, see killable-postgres.ts. */
export async function readRecord(sql: Sql): Promise<Pick<History, 'promised' | 'undecided'>> {
  const promised = await sql(`
    SELECT id, attempt, volley_ms(due_at) AS "dueAtMs", volley_ms(said_at) AS "saidAtMs"
    FROM promised ORDER BY said_at`);
  const undecided = await sql(`SELECT id, before AS from, after AS to FROM undecided`);
  return { promised, undecided } as never;
}
