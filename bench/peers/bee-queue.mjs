import Queue from 'bee-queue';

/** As documented: the concurrency of 10 that the README names for jobs that wait. Tuned: the best of the grid. */
export async function openPeer({ redisUrl, tuned, concurrency, fire }) {
  const queue = new Queue('postbacks', {
    redis: redisUrl,
    activateDelayedJobs: true,
    removeOnSuccess: true,
    // The receiver of events is whoever adds; here nobody listens to them.
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
  });
  queue.on('error', () => {});
  await queue.ready();
  queue.process(tuned ? concurrency : 10, ({ data }) => fire(data));
  return {
    async add(postbacks) {
      for (let at = 0; at < postbacks.length; at += 500) {
        const jobs = postbacks
          .slice(at, at + 500)
          .map(({ dueAtMs, ...data }) =>
            queue.createJob(data).delayUntil(dueAtMs).retries(7).backoff('exponential', 1_000),
          );
        await queue.saveAll(jobs);
      }
    },
  };
}
