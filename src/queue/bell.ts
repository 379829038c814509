import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { RedisClient } from '../platform/redis.ts';

/** One key that changes whenever an id may have become due sooner than those who rest know (decision 0027). */
export type Bell = {
  /** Changes it. Nobody waits for that, and whoever does not hear it looks a little later. */
  ring(): void;
  /** Whether it changed, or Redis forgot it, since this was asked last; true the first time. */
  rung(): Promise<boolean>;
};

export function createBell(redis: RedisClient, key: string): Bell {
  let heard: string | null | undefined;

  /** Only a bell that hangs there is missed when Redis forgets. */
  async function hang(): Promise<string | null> {
    const made = randomUUID();
    const isMade = await redis.set(key, made, 'NX');
    return isMade ? made : redis.get(key);
  }

  return {
    ring() {
      redis.set(key, randomUUID()).catch(() => {});
    },
    async rung() {
      // It hangs at one node, and tells nothing of what another one lost.
      if (redis instanceof Cluster) return true;
      const before = heard;
      heard = (await redis.get(key)) ?? (await hang());
      return heard !== before;
    },
  };
}
