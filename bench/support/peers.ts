/** The queues that Volley is measured beside, by their file in `bench/peers`. */
export const PEERS = [
  { name: 'BullMQ', file: 'bullmq.mjs' },
  { name: 'bee-queue', file: 'bee-queue.mjs' },
  { name: 'pg-boss', file: 'pg-boss.mjs' },
  { name: 'graphile-worker', file: 'graphile-worker.mjs' },
];
