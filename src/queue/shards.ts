/** A group, and inside it a lane: both take turns; opaque, not empty, the group without `|`. */
export type QueueLane = { group: string; lane: string };

/** An id and the lane it waits in. */
export type QueueItem = QueueLane & { id: string };

/** Which keys belong to which shard; made by {@link createShards}. */
export type Shards = {
  /** 0 to count - 1. */
  all: number[];
  of(group: string): number;
  epochKey(shard: number): string;
  /** The token of a rebuild that is under way. */
  rebuildKey(shard: number): string;
  /** The ring and, as prefixes, lanes and due sets: what every script begins with. */
  keys(shard: number): [ring: string, lanes: string, due: string];
  /** Prefix of the times that lanes with a rate keep. */
  rateKey(shard: number): string;
  dueKey(lane: QueueLane): string;
  /** What changes whenever something may be due sooner than the others know; of all shards. */
  bellKey: string;
};

// Ids per script call: 400 take about 1 ms, and Redis serves nobody else meanwhile.
const MAX_PER_CALL = 400;

/**
 * The shard of a group: FNV-1a, 32 bits, over its UTF-8 bytes, the upper half folded onto the lower
 * one, modulo `count`. Fixed for ever: changing it strands what is scheduled.
 */
export function shardOf(group: string, count = 16): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(group)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash ^ (hash >>> 16)) >>> 0) % count;
}

/**
 * Names the keys of `count` shards. All keys of one shard carry its hash tag `{prefix:shard}`, so
 * that they lie on one node of a cluster and a script may touch all of them.
 *
 * @throws Error when `prefix` holds braces, which would move the tag.
 */
export function createShards(prefix: string, count: number): Shards {
  if (/[{}]/.test(prefix)) throw new Error(`queue prefix "${prefix}" must not contain braces`);
  const of = (group: string) => shardOf(group, count);
  const key = (shard: number, rest: string) => `{${prefix}:${shard}}:${rest}`;
  return {
    all: Array.from({ length: count }, (_, shard) => shard),
    of,
    epochKey: (shard) => key(shard, 'epoch'),
    rebuildKey: (shard) => key(shard, 'rebuild'),
    keys: (shard) => [key(shard, 'ring'), key(shard, 'lanes:'), key(shard, 'due:')],
    rateKey: (shard) => key(shard, 'tat:'),
    dueKey: ({ group, lane }) => key(of(group), `due:${group}|${lane}`),
    bellKey: `{${prefix}}:bell`,
  };
}

/** Splits items into batches of one shard each, none larger than one script call may be. */
export function batchByShard<Item extends QueueItem>(
  shards: Shards,
  items: readonly Item[],
): { shard: number; batch: Item[] }[] {
  const batches: { shard: number; batch: Item[] }[] = [];
  for (const [shard, all] of Map.groupBy(items, (item) => shards.of(item.group))) {
    for (let at = 0; at < all.length; at += MAX_PER_CALL) {
      batches.push({ shard, batch: all.slice(at, at + MAX_PER_CALL) });
    }
  }
  return batches;
}
