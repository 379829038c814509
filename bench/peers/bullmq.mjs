import { Queue, Worker } from 'bullmq';

/**
 * As documented: the concurrency of the guide's example (50), finished jobs removed as its page on production advises.
 * Tuned: the best concurrency of the grid.
 */
export async function openPeer({ redisUrl, tuned, concurrency, fire }) {
  const { hostname: host, port, password } = new URL(redisUrl);
  const connection = { host, port: Number(port), password, maxRetriesPerRequest: null };
  const queue = new Queue('postbacks', { connection });
  const worker = new Worker('postbacks', ({ data }) => fire(data), {
    connection,
    concurrency: tuned ? concurrency : 50,
    removeOnComplete: { count: 0 },
  });
  worker.on('error', () => {});
  await worker.waitUntilReady();
  return {
    async add(postbacks) {
      for (let at = 0; at < postbacks.length; at += 500) {
        await queue.addBulk(
          postbacks.slice(at, at + 500).map(({ dueAtMs, ...data }) => ({
            name: 'postback',
            data,
            opts: {
              delay: Math.max(0, dueAtMs - Date.now()),
              attempts: 8,
              backoff: { type: 'exponential', delay: 1_000 },
            },
          })),
        );
      }
    },
  };
}
