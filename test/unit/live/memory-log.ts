import { type CommittedLog, createHub, type LogRow } from '../../../src/live/hub.ts';
import { createWatch } from '../../../src/live/watch.ts';

export type Row = LogRow & { name: string };

/** A log in memory: transactions of one row each. */
function createLog() {
  const rows: Row[] = [];
  const reads: bigint[] = [];
  const log: CommittedLog<Row> = {
    head: async () => ({ xact: BigInt(rows.length), id: 0n }),
    async read(after, limit) {
      reads.push(after.xact);
      return { rows: rows.slice(Number(after.xact), Number(after.xact) + limit), pending: false };
    },
  };
  const commit = (name: string) => {
    rows.push({ name, position: { xact: BigInt(rows.length + 1), id: 0n } });
  };
  return { log, commit, rows, reads };
}

/** A hub and streams over it, with a clock that only `pass` moves. */
export function openLive(bufferLimit = 1_000, heartbeatMs = 60_000) {
  const memory = createLog();
  let time = 0;
  const hub = createHub({
    log: memory.log,
    bufferLimit,
    onFault: (_what, thrown) => {
      throw thrown;
    },
  });
  const live = createWatch({ log: memory.log, hub, heartbeatMs, now: () => time });
  return {
    ...memory,
    hub,
    watch: live.watch,
    viewers: () => live.viewers,
    pass: (ms: number) => {
      time += ms;
    },
    publish(...names: string[]) {
      for (const name of names) memory.commit(name);
      hub.wake();
    },
  };
}

/** Resolves when everything that is ready to run has run, and what that put off until the next turns of the loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
}

export const all = () => true;

/** The names of the next rows, heartbeats left out. */
export async function take(messages: AsyncIterator<{ row: Row | null }>, count: number) {
  const names: string[] = [];
  while (names.length < count) {
    const { value } = await messages.next();
    if (value.row) names.push(value.row.name);
  }
  return names;
}
