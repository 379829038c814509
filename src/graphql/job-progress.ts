import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../store/generated/client/client.ts';

const LOOK_EVERY_MS = 500;

/**
 * A job as it is and after every change, until it has ended. Looked up in the database, as any worker
 * may be the one that runs it.
 */
export async function* watchJob(
  job: Job,
  read: () => Promise<Job | null>,
): AsyncGenerator<Job, void, undefined> {
  yield job;
  for (let last: Job | null = job; last && !isOver(last); ) {
    await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    const now: Job | null = await read();
    if (now && (now.processed !== last.processed || now.status !== last.status)) yield now;
    last = now;
  }
}

function isOver({ status }: Job): boolean {
  return status !== 'PLANNED' && status !== 'RUNNING';
}
