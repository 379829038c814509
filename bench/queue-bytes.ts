// What a postback that waits takes of Redis' memory, by how many wait for the same destination.
//   node bench/queue-bytes.ts [--count 100000]
import { uuidv7 } from 'uuidv7';
import { createDelayedQueue } from '../src/queue/delayed-queue.ts';
import { startServices } from './support/services.ts';

const at = process.argv.indexOf('--count');
const count = at < 0 ? 100_000 : Number(process.argv[at + 1]);
const BATCH = 5_000;
const HOUR_MS = 3_600_000;

await using services = await startServices();
const { redis } = services;
const queue = createDelayedQueue({ redis, prefix: 'volley:12345678:pb', leaseMs: 20_000 });

for (const perDestination of [500, 5, 1]) {
  await redis.flushall();
  await queue.setEpoch();
  const destinations = Array.from({ length: Math.ceil(count / perDestination) }, () => ({
    ...{ group: uuidv7(), lane: uuidv7() },
  }));
  const before = await usedBytes();
  const dueAtMs = Date.now() + HOUR_MS;
  for (let from = 0; from < count; from += BATCH) {
    await queue.schedule(
      Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => ({
        ...{ id: uuidv7(), dueAtMs: dueAtMs + from + i },
        ...(destinations[(from + i) % destinations.length] as (typeof destinations)[number]),
      })),
    );
  }
  const each = ((await usedBytes()) - before) / count;
  console.log(`${perDestination} of each destination: ${each.toFixed(0)} bytes a postback`);
}

async function usedBytes(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}
