import { readdirSync, readFileSync } from 'node:fs';
import { Cluster } from 'ioredis';
import type { RedisClient } from '../platform/redis.ts';

/** Positions, from 0, of the ids in a call that were left alone. */
type Missed = number[];

/**
 * The queue's commands and what each replies; the files in `lua/` say what they do, their names here
 * begin with `queue-` to stay clear of Redis' own. Numbers that must keep a fraction are strings.
 */
export type QueueReplies = {
  'queue-claim-due': [nextInMs: number, leaseScore: string, taken: (string | string[])[]] | null; // no epoch
  'queue-schedule': number; // ms until the first is due, or -1
  'queue-open': 0 | 1;
  'queue-remove': Missed;
  'queue-reschedule': Missed;
  'queue-extend': [leaseScore: string, missed: Missed];
  'queue-hold': [leaseScore: string, missed: Missed];
  'queue-measure': [size: number, earliest: string, overdueMs: number, due: number];
  del: number;
  exists: 0 | 1;
  persist: 0 | 1;
  set: 'OK';
  zcard: number;
  zmscore: (string | null)[];
};

/** A command with its keys and arguments, all keys of one shard. */
export type QueueCall<Command extends keyof QueueReplies> = [
  command: Command,
  ...args: (string | number)[],
];

const LUA = new URL('./lua/', import.meta.url);

const TURNS = readFileSync(new URL('_turns.lua', LUA), 'utf8');

// File names are <command>-<number of keys>.lua; what begins with _ is no command.
const files = readdirSync(LUA).filter((file) => !file.startsWith('_'));
const SCRIPTS = files.map((file) => {
  const [, command, keys] = /^(.+)-(\d+)\.lua$/.exec(file) ?? [];
  if (!command) throw new Error(`src/queue/lua/${file} is not named <command>-<keys>.lua`);
  const lua = `${TURNS}\n${readFileSync(new URL(file, LUA), 'utf8')}`;
  return { command, numberOfKeys: Number(keys), lua };
});

/**
 * Teaches a connection the queue's commands. They are sent by digest; ioredis sends the whole text
 * again to a server that has forgotten it (after a restart, failover or SCRIPT FLUSH).
 */
export function defineQueueScripts(redis: RedisClient): void {
  for (const { command, numberOfKeys, lua } of SCRIPTS) {
    redis.defineCommand(`queue-${command}`, { numberOfKeys, lua });
  }
}

/**
 * Sends calls to several shards in one write, or one by one when the shards live on different nodes
 * of a cluster, and waits for all. Answers, in the order of the calls, a reply or the error of that
 * call alone: a dead node does not take the others' replies with it.
 */
export async function sendToShards<Command extends keyof QueueReplies>(
  redis: RedisClient,
  calls: QueueCall<Command>[],
): Promise<(QueueReplies[Command] | Error)[]> {
  const writes = redis instanceof Cluster ? calls.map((call) => [call]) : [calls];
  const replies = await Promise.all(
    writes.map(async (write): Promise<(QueueReplies[Command] | Error)[]> => {
      try {
        const answers = (await redis.pipeline(write).exec()) ?? [];
        return answers.map(([error, reply]) => error ?? (reply as QueueReplies[Command]));
      } catch (error) {
        return write.map(() => error as Error);
      }
    }),
  );
  const answers = replies.flat();
  // Whoever took over is found by the next call; a timer for that would outlive the connection.
  if (redis instanceof Cluster && answers.some((it) => it instanceof Error)) {
    redis.refreshSlotsCache();
  }
  return answers;
}

/**
 * The reply of a call that has to succeed.
 *
 * @throws the error of the call.
 */
export function orThrow<Reply>(reply: Reply | Error | undefined): Reply {
  if (reply instanceof Error) throw reply;
  if (reply === undefined) throw new Error('Redis answered fewer replies than it was sent calls');
  return reply;
}
