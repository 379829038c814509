import type { RedisClient } from '../platform/redis.ts';
import { type CommittedLog, createHub, type LogRow } from './hub.ts';
import { openWakeStream } from './wake-stream.ts';
import { createWatch, type Watch } from './watch.ts';

type Deps<Row extends LogRow> = {
  log: CommittedLog<Row>;
  redis: RedisClient;
  /** The key of the stream that other processes are told by. */
  key: string;
  /** By what rows are looked for. */
  keysOf: (row: Row) => readonly string[];
  onFault: (what: string, thrown: unknown) => void;
};

/** A committed log with everything that makes it live: one reader, and word from and to other processes. */
export type LiveLog<Row extends LogRow> = AsyncDisposable & {
  watch: Watch<Row>;
  /** Something was committed: tells the viewers here, and those of other processes. */
  announce(): void;
  readonly viewers: number;
  /** Ends every stream; resolves when the read under way is over. */
  close(): Promise<void>;
};

/** Opens a log for viewers of this process; nothing is read before the first one comes. */
export function openLiveLog<Row extends LogRow>(deps: Deps<Row>): LiveLog<Row> {
  const { log, redis, key, keysOf, onFault } = deps;
  const hub = createHub({ log, keysOf, onFault, onViewer: () => wakeStream.listen() });
  const wakeStream = openWakeStream({
    redis,
    key,
    onWake: hub.wake,
    isWanted: () => hub.viewers > 0,
  });
  const live = createWatch({ log, hub });
  function close(): Promise<void> {
    wakeStream.close();
    return hub.close();
  }
  return {
    watch: live.watch,
    announce() {
      hub.wake();
      wakeStream.announce();
    },
    get viewers() {
      return live.viewers;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
