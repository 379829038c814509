import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { batchLength } from '../platform/batch-length.ts';
import { toError } from '../platform/failure.ts';
import { within } from '../platform/lifecycle.ts';
import type { Log } from '../platform/log.ts';
import { MAX_BATCH_CHARACTERS, type NewClick, sizeOfClick } from '../store/clicks.ts';

type Deps = {
  directory: string;
  /** Writes a batch; throws while the store is down. Writing one twice must be harmless. */
  write: (clicks: NewClick[]) => Promise<void>;
  log: Log;
  /** Clicks and bytes kept at most; beyond them a click is refused, so that an outage cannot fill the disk. */
  limit?: number;
  limitBytes?: number;
};

/** Clicks that wait on the local disk for the store to come back. */
export type ClickSpool = {
  /** Appends a click and flushes it to disk. Throws when the spool is full. */
  add(click: NewClick): Promise<void>;
  /** Writes what waits to the store. Returns how many clicks it was; keeps them all if it fails. */
  drain(): Promise<number>;
  readonly waiting: number;
};

const BATCH = { maxItems: 500, maxSize: MAX_BATCH_CHARACTERS, sizeOf: sizeOfClick };
/** A file is read whole when it is drained. */
const LIMIT_BYTES = 256 * 1024 * 1024;
/** A visitor waits no longer than this for the store. */
const STORE_WAIT_MS = 1_000;

/**
 * Stores clicks; one that the store refuses or does not take in time goes to the spool. A late success
 * is harmless, because a click is written once however often it is tried.
 */
export function spoolClicks(deps: {
  clicks: { add(click: NewClick): Promise<unknown> };
  spool: Pick<ClickSpool, 'add'>;
  report: { clickSpooled(clickId: string, thrown: unknown): void };
}): { add(click: NewClick): Promise<void> } {
  return {
    async add(click) {
      try {
        const stored = deps.clicks.add(click).then(() => true);
        if (await within(STORE_WAIT_MS, stored)) return;
        throw new Error(`no answer within ${STORE_WAIT_MS} ms`);
      } catch (thrown) {
        deps.report.clickSpooled(click.clickId, thrown);
        await deps.spool.add(click);
      }
    },
  };
}

/**
 * A file of one click a line. Each begins with its line end, so that a crash or a full disk in the
 * middle of an append spoils no click after it. Draining renames it first, so that clicks that arrive
 * meanwhile go to a new file and a crash leaves either file to be drained again.
 */
export async function openClickSpool(deps: Deps): Promise<ClickSpool> {
  const { directory, write, log, limit = 100_000, limitBytes = LIMIT_BYTES } = deps;
  const file = join(directory, 'clicks.ndjson');
  const draining = join(directory, 'clicks.draining.ndjson');
  await mkdir(directory, { recursive: true });
  let waiting = (await readClicks(file, log)).length + (await readClicks(draining, log)).length;
  let bytes = (await sizeOf(file)) + (await sizeOf(draining));
  let turn: Promise<unknown> = Promise.resolve();

  /** One file operation at a time: an append must not meet the rename. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  async function append(click: NewClick): Promise<void> {
    const line = Buffer.from(`\n${JSON.stringify(click)}`);
    if (waiting >= limit) throw new Error(`the click spool is full (${limit} clicks)`);
    if (bytes + line.length > limitBytes)
      throw new Error(`the click spool is full (${bytes} bytes)`);
    const handle = await open(file, 'a');
    bytes += line.length;
    try {
      await handle.writeFile(line);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    waiting += 1;
  }

  async function drain(): Promise<number> {
    if (waiting === 0) return 0;
    const clicks = await readClicks(draining, log);
    for (let at = 0; at < clicks.length; ) {
      const end = at + batchLength(clicks, BATCH, at);
      await write(clicks.slice(at, end));
      at = end;
    }
    bytes -= await sizeOf(draining);
    await rm(draining, { force: true });
    waiting -= clicks.length;
    if (waiting > 0) await inTurn(() => rename(file, draining));
    return clicks.length + (waiting > 0 ? await drain() : 0);
  }

  return {
    add: (click) => inTurn(() => append(click)),
    drain,
    get waiting() {
      return waiting;
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => ({ size: 0 }))).size;
}

async function readClicks(file: string, log: Log): Promise<NewClick[]> {
  const lines = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return lines.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as NewClick];
    } catch (thrown) {
      // Half a line: its append failed, so that visitor was never redirected.
      log.warn({ err: toError(thrown) }, 'a broken line of the click spool was left out');
      return [];
    }
  });
}
