import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

/**
 * As documented: the quick start's concurrency of 5, polled each second. Tuned: the guide's local queue and batched
 * completion with the best concurrency of the grid.
 */
export async function openPeer({ databaseUrl, tuned, concurrency, fire }) {
  const quiet = new Logger(() => () => {});
  const pool = new pg.Pool({ connectionString: databaseUrl, max: tuned ? 20 : 10 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const taskList = { postback: (data) => fire(data) };
  const preset = tuned
    ? {
        worker: {
          concurrentJobs: concurrency,
          pollInterval: 200,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      }
    : { worker: { concurrentJobs: 5, pollInterval: 1_000 } };
  await run({ pgPool: pool, taskList, preset, logger: quiet, noHandleSignals: true });
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet });
  return {
    async add(postbacks) {
      for (let at = 0; at < postbacks.length; at += 1_000) {
        await utils.addJobs(
          postbacks.slice(at, at + 1_000).map(({ dueAtMs, ...payload }) => ({
            identifier: 'postback',
            payload,
            runAt: new Date(dueAtMs),
            maxAttempts: 8,
          })),
        );
      }
    },
  };
}
