import { PgBoss } from 'pg-boss';

/**
 * As documented: `work` with its defaults, one job at a poll every 2 s, but in batches of 100 polled twice a second, which
 * is the least interval it allows. Tuned: two loops of large batches that poll again at once while batches come full.
 */
export async function openPeer({ databaseUrl, tuned, concurrency, fire }) {
  const boss = new PgBoss({ connectionString: databaseUrl, max: 10 });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('postbacks');
  const options = tuned
    ? { batchSize: 5 * concurrency, localConcurrency: 2, burstWhenBatchFull: true }
    : { batchSize: 100 };
  await boss.work('postbacks', { ...options, pollingIntervalSeconds: 0.5 }, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => fire(data)));
  });
  return {
    async add(postbacks) {
      for (let at = 0; at < postbacks.length; at += 1_000) {
        await boss.insert(
          'postbacks',
          postbacks.slice(at, at + 1_000).map(({ dueAtMs, ...data }) => ({
            data,
            startAfter: new Date(dueAtMs),
            retryLimit: 7,
            retryBackoff: true,
          })),
        );
      }
    },
  };
}
