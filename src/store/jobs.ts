import type { Sql } from './database.ts';
import type { ScheduledPostback } from './events.ts';
import { DESTINATION_ID } from './postbacks.ts';

/** How many rows were left out, by machine-readable reason. */
export type SkipCounts = Record<string, number>;

/** A job that runs, as a worker takes it. */
export type RunningJob = {
  id: string;
  kind: 'BACKFILL' | 'REPLAY';
  pixelId: string | null;
  input: unknown;
  /** The last row that was looked at; null before the first. */
  position: string | null;
  skipped: SkipCounts;
  createdAt: Date;
};

/**
 * Takes the oldest running job that no other worker has, for the transaction: the lock ends with it, also
 * when the worker is killed, so nobody waits for a lease.
 */
export async function takeRunningJob(sql: Sql): Promise<RunningJob | null> {
  const { rows } = await sql.query<RunningJob>({
    name: 'take-running-job',
    text: `
      SELECT id, kind::text, pixel_id AS "pixelId", input, position, skipped, created_at AS "createdAt"
      FROM job WHERE status = 'RUNNING' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
  });
  return rows[0] ?? null;
}

/** What one batch of a job did. */
export type JobStep = {
  looked: number;
  created: number;
  skipped: SkipCounts;
  /** The last row looked at; null when there was none left. */
  position: string | null;
  done: boolean;
};

/** Records a batch with the postbacks it made, in their transaction. */
export async function advanceJob(sql: Sql, job: RunningJob, step: JobStep): Promise<void> {
  await sql.query({
    name: 'advance-job',
    text: `
      UPDATE job SET processed = processed + $2, created = created + $3, skipped = $4,
        position = coalesce($5::uuid, position), started_at = coalesce(started_at, volley_now()),
        status = CASE WHEN $6 THEN 'DONE' ELSE status END::job_status,
        finished_at = CASE WHEN $6 THEN volley_now() END
      WHERE id = $1`,
    values: [
      job.id,
      step.looked,
      step.created,
      JSON.stringify(addCounts(job.skipped, step.skipped)),
      step.position,
      step.done,
    ],
  });
}

/** Ends a job that keeps failing. */
export async function failJob(sql: Sql, id: string, message: string): Promise<void> {
  await sql.query({
    name: 'fail-job',
    text: `UPDATE job SET status = 'FAILED', message = $2, finished_at = volley_now()
      WHERE id = $1 AND status = 'RUNNING'`,
    values: [id, message],
  });
}

/** A postback that a job makes: due now. */
export type JobPostback = {
  id: string;
  pixelId: string;
  pixelVersion: number;
  eventId: string;
  affiliateId: string;
  campaignId: string | null;
  clickId: string | null;
  eventType: string;
  maxAttempts: number;
  replayOfId: string | null;
};

/** Writes a job's postbacks; one that a pixel has for the event already is left alone and not returned. */
export async function insertJobPostbacks(
  sql: Sql,
  jobId: string,
  postbacks: JobPostback[],
): Promise<ScheduledPostback[]> {
  const { rows } = await sql.query<ScheduledPostback>({
    name: 'insert-job-postbacks',
    text: `
      INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type,
                            state, due_at, next_attempt_at, max_attempts, replay_of_id, job_id)
      SELECT p.id, p."pixelId", p."pixelVersion", p."eventId", p."affiliateId", p."campaignId", p."clickId",
        p."eventType", 'OPEN', volley_now(), volley_now(), p."maxAttempts", p."replayOfId", $1
      FROM jsonb_to_recordset($2::jsonb) AS p(
        id uuid, "pixelId" uuid, "pixelVersion" int, "eventId" uuid, "affiliateId" uuid, "campaignId" uuid,
        "clickId" text, "eventType" text, "maxAttempts" int, "replayOfId" uuid)
      ON CONFLICT DO NOTHING
      RETURNING id, affiliate_id AS "affiliateId", ${DESTINATION_ID}, volley_ms(next_attempt_at) AS "dueAtMs"`,
    values: [jobId, JSON.stringify(postbacks)],
  });
  return rows;
}

/** Cancels what a job made and nobody has fired yet; answers how many postbacks it was. */
export async function cancelJobPostbacks(sql: Sql, jobId: string): Promise<number> {
  const { rowCount } = await sql.query({
    name: 'cancel-job-postbacks',
    text: `
      UPDATE postback SET state = 'CANCELLED', reason = 'CANCELLED_BY_REQUEST', next_attempt_at = NULL,
        finished_at = volley_now()
      WHERE job_id = $1 AND state = 'OPEN'`,
    values: [jobId],
  });
  return rowCount ?? 0;
}

export function addCounts(some: SkipCounts, more: SkipCounts): SkipCounts {
  const sum = { ...some };
  for (const [reason, count] of Object.entries(more)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
