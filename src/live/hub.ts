import { outsideRequests } from '../platform/request-scope.ts';
import { type BoundedChannel, createBoundedChannel } from './bounded-channel.ts';
import { createInterests, type Interest } from './interests.ts';
import { comparePositions, type Position } from './position.ts';

/** A row of the log. `live` knows nothing of what else is in it. */
export type LogRow = { position: Position };

/** The committed log, oldest first. */
export type CommittedLog<Row extends LogRow> = {
  /** The place after everything committed by now. */
  head(): Promise<Position>;
  /**
   * At most `limit` rows after a place. `pending` says that rows exist which a running transaction
   * still hides: look again soon.
   */
  read(after: Position, limit: number): Promise<{ rows: Row[]; pending: boolean }>;
};

type Deps<Row extends LogRow> = {
  log: CommittedLog<Row>;
  onFault: (what: string, thrown: unknown) => void;
  /** Told of every viewer that comes. */
  onViewer?: () => void;
  /** By what rows are looked for: {@link Interest}. */
  keysOf?: (row: Row) => readonly string[];
  /** Rows buffered for one viewer at most. They are the hub's own: a buffer holds references. */
  bufferLimit?: number;
};

/** A viewer's place at the hub. */
export type Seat<Row extends LogRow> = BoundedChannel<Row> &
  Disposable & {
    /** The place up to which everything of interest has been handed over; null while some of it is buffered. */
    emptyAt(): Position | null;
  };

export type Hub<Row extends LogRow> = {
  /** Something was committed: read the log now. */
  wake(): void;
  /** A buffer of every row of interest after a place at or before the log's head of now. */
  join(interest: Interest<Row>): Promise<Seat<Row>>;
  readonly viewers: number;
  /** Ends every buffer; resolves when the read under way is over. */
  close(): Promise<void>;
};

const PAGE = 500;
/** With viewers but no wake-up (Redis is down, or another process fires) the log is read this often. */
const POLL_MS = 1_000;
/** The first look again at rows a running transaction hides; doubled while nothing comes. */
const PENDING_MS = 5;

/** Reads the log once per process and hands every row to the buffers of all who want it. */
export function createHub<Row extends LogRow>(deps: Deps<Row>): Hub<Row> {
  const { log, onFault, onViewer, keysOf = () => [], bufferLimit = 1_000 } = deps;
  const channels = new Set<BoundedChannel<Row>>();
  const interests = createInterests<Row, BoundedChannel<Row>>(keysOf);
  let position: Position | null = null;
  let reading = false;
  let running = Promise.resolve();
  let again = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let pendingMs = PENDING_MS;

  function wake(): void {
    if (closed || channels.size === 0 || position === null) return;
    if (reading) again = true;
    else running = outsideRequests(readOn);
  }

  async function readOn(): Promise<void> {
    reading = true;
    clearTimeout(timer);
    let pauseMs = POLL_MS;
    try {
      do {
        again = false;
        const page = await log.read(position as Position, PAGE);
        for (const row of page.rows) {
          for (const channel of interests.readersOf(row)) channel.push(row);
          position = row.position;
        }
        if (page.rows.length === PAGE) again = true;
        // A transaction that runs for long must not be asked about two hundred times a second.
        pendingMs = page.rows.length > 0 ? PENDING_MS : Math.min(2 * pendingMs, POLL_MS);
        pauseMs = page.pending ? pendingMs : POLL_MS;
      } while (again && channels.size > 0);
    } catch (thrown) {
      onFault('read the live log', thrown);
    }
    reading = false;
    if (channels.size > 0) timer = setTimeout(wake, pauseMs);
    else position = null;
  }

  return {
    wake,
    async join(interest) {
      if (position === null) {
        const head = await log.head();
        // Two first viewers at once: the earlier place serves both.
        if (position === null || comparePositions(head, position) < 0) position = head;
      }
      const channel = createBoundedChannel<Row>(bufferLimit);
      // Whoever comes while everything stops is sent away at once.
      if (closed) channel.close();
      else channels.add(channel);
      const leave = interests.add(interest, channel);
      wake();
      onViewer?.();
      const close = () => {
        channel.close();
        channels.delete(channel);
        leave();
        if (channels.size === 0 && !reading) {
          clearTimeout(timer);
          position = null;
        }
      };
      const emptyAt = () => (channel.isEmpty() ? position : null);
      return { ...channel, close, emptyAt, [Symbol.dispose]: close };
    },
    get viewers() {
      return channels.size;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const channel of channels) channel.close();
      channels.clear();
      return running;
    },
  };
}
